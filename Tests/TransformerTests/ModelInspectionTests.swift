import OrderedJSON
import Tensors
import Testing

@testable import Transformer

@Suite struct ModelInspectionTests {
  private func configuration(_ json: JSON) throws -> ModelConfiguration {
    try ModelConfiguration(ConfigurationReader(json, file: "config.json"))
  }

  @Test func `Llama 3 2 1B is counted as published`() throws {
    let inspection = ModelInspection(
      try configuration([
        "model_type": "llama", "vocab_size": 128_256, "hidden_size": 2048,
        "intermediate_size": 8192, "num_hidden_layers": 16, "num_attention_heads": 32,
        "num_key_value_heads": 8, "head_dim": 64, "tie_word_embeddings": true,
      ]),
      format: .bfloat16
    )
    #expect(inspection.parameterCount == 1_235_814_400)
    #expect(inspection.activeParameterCount == inspection.parameterCount)
    #expect(inspection.cacheBytesPerToken == 32 * 1024)
    let norms = 33 * 2048
    #expect(inspection.operationsPerToken == 2 * (inspection.parameterCount - norms))
  }

  @Test func `Qwen 1 5 MoE counts its active parameters`() throws {
    let inspection = ModelInspection(
      try configuration([
        "model_type": "qwen2_moe", "vocab_size": 151_936, "hidden_size": 2048,
        "num_hidden_layers": 24, "num_attention_heads": 16, "num_key_value_heads": 16,
      ]),
      format: .int8
    )
    #expect(inspection.parameterCount == 14_315_784_192)
    #expect(inspection.activeParameterCount == 2_689_173_504)
    #expect(inspection.cacheBytesPerToken == 192 * 1024)
    #expect(inspection.rows.count == 1 + 24 * (1 + 1 + 60 + 1) + 2)
  }

  @Test func `rows stand in the order of computation`() throws {
    let ids = ModelInspection(try Golden("qwen2-moe-sparse").folder.configuration, format: .int4)
      .rows.map(\.id.description)
    #expect(ids.prefix(3) == ["embed", "layers.0.attention", "layers.0.feedForward"])
    #expect(ids.suffix(3) == ["layers.3.sharedExpert", "norm", "head"])
    #expect(ids.contains("layers.3.experts.5"))
  }
}
