import OrderedCollections
import OrderedJSON
import Testing

@testable import Transformer

@Suite struct ModelConfigurationTests {
  private static let llama: JSON = [
    "model_type": "llama", "vocab_size": 100, "hidden_size": 32, "intermediate_size": 48,
    "num_hidden_layers": 4, "num_attention_heads": 4,
  ]

  private func read(
    _ changes: JSON,
    of base: JSON = ModelConfigurationTests.llama
  ) throws(ModelError) -> ModelConfiguration {
    var members = base.objectValue ?? [:]
    members.merge(changes.objectValue ?? [:]) { _, new in new }
    return try ModelConfiguration(ConfigurationReader(.object(members), file: "config.json"))
  }

  /// The key that a configuration is refused for, and what it says is allowed.
  private func refusal(_ changes: JSON) -> (key: String, found: String, allowed: String)? {
    do throws(ModelError) {
      _ = try read(changes)
      return nil
    } catch {
      guard case .invalidValue("config.json", let key, let found, let allowed) = error else {
        return nil
      }
      return (key, found, allowed)
    }
  }

  @Test func `a family's defaults stand where its files are silent`() throws {
    let llama = try read([:])
    #expect(llama.keyValueHeadCount == 4)
    #expect(llama.headWidth == 8)
    #expect(llama.maximumPositionCount == 2048)
    #expect(llama.normEpsilon == 1e-6)
    #expect(llama.endOfTextIDs == [2])
    #expect(!llama.tiesEmbeddings)
    #expect(llama.rotaries == [RotaryParameters(base: 10_000, scaling: .none)])
    let mixtral = try read(["model_type": "mixtral"])
    #expect(mixtral.rotaries == [RotaryParameters(base: 1_000_000, scaling: .none)])
    #expect(mixtral.mixture?.expertCount == 8)
    #expect(mixtral.mixture?.normalizesWeights == true)
    #expect(try read(["model_type": "qwen2"]).attention.hasQueryKeyValueBias)
    #expect(try read(["model_type": "qwen3"]).headWidth == 128)
    let shared = try read(["model_type": "qwen2_moe"])
    #expect(shared.mixture?.sharedExpertWidth == 5632)
    #expect(shared.mixture?.normalizesWeights == false)
  }

  @Test func `null counts as absent`() throws {
    #expect(try read(["head_dim": .null, "num_key_value_heads": .null]) == read([:]))
  }

  @Test func `the end of text is one id or several`() throws {
    #expect(try read(["eos_token_id": 7]).endOfTextIDs == [7])
    #expect(try read(["eos_token_id": [7, 9]]).endOfTextIDs == [7, 9])
    #expect(refusal(["eos_token_id": "x"])?.key == "eos_token_id")
    #expect(refusal(["eos_token_id": [7, 100]])?.allowed.hasSuffix("below 100") == true)
  }

  @Test func `both spellings of rotary parameters are read`() throws {
    let old: JSON = [
      "rope_theta": 500_000,
      "rope_scaling": [
        "type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4,
        "original_max_position_embeddings": 8192,
      ],
    ]
    let new: JSON = [
      "rope_parameters": [
        "rope_type": "llama3", "rope_theta": 500_000, "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 8192,
      ]
    ]
    #expect(try read(old) == read(new))
    #expect(try read(old).rotaries.first?.base == 500_000)
  }

  @Test func `layers of different types may rotate differently`() throws {
    let configuration = try read([
      "model_type": "qwen2", "use_sliding_window": true, "sliding_window": 16,
      "layer_types": [
        "full_attention", "sliding_attention", "full_attention", "sliding_attention",
      ],
      "rope_parameters": [
        "full_attention": ["rope_type": "linear", "factor": 2, "rope_theta": 1e6],
        "sliding_attention": ["rope_type": "default", "rope_theta": 1e4],
      ],
    ])
    #expect(configuration.layers.map(\.window) == [nil, 16, nil, 16])
    #expect(configuration.layers.map(\.rotaryIndex) == [0, 1, 0, 1])
    #expect(configuration.rotaries.map(\.base) == [1e6, 1e4])
  }

  @Test func `windows follow each family's rule`() throws {
    #expect(try read(["model_type": "mistral"]).layers[0].window == 4096)
    #expect(try read(["model_type": "mistral", "sliding_window": .null]).layers[0].window == nil)
    #expect(try read(["model_type": "mixtral"]).layers[0].window == nil)
    #expect(try read(["model_type": "qwen2", "sliding_window": 8]).layers[3].window == nil)
    let late: JSON = [
      "model_type": "qwen2", "sliding_window": 8, "use_sliding_window": true,
      "max_window_layers": 2,
    ]
    #expect(try read(late).layers.map(\.window) == [nil, nil, 8, 8])
  }

  @Test func `mixtures stand where step and list allow`() throws {
    let configuration = try read([
      "model_type": "qwen3_moe", "decoder_sparse_step": 2, "mlp_only_layers": [3],
      "num_experts": 4, "num_experts_per_tok": 2,
    ])
    let isMixture = configuration.layers.map { layer in
      if case .mixture = layer.feedForward { true } else { false }
    }
    #expect(isMixture == [false, true, false, false])
  }

  @Test func `a value out of bounds is refused with key, value and what is allowed`() {
    let refused = refusal(["hidden_size": 1_000_000_000_000])
    #expect(refused?.key == "hidden_size")
    #expect(refused?.found == "1000000000000")
    #expect(refused?.allowed == "an integer in 1...65536")
  }

  @Test(
    arguments: [
      ["vocab_size": 0], ["vocab_size": "many"], ["num_hidden_layers": -1],
      ["num_attention_heads": 3], ["num_key_value_heads": 3], ["num_key_value_heads": 8],
      ["head_dim": 7], ["rms_norm_eps": -1], ["hidden_act": "gelu"],
      ["rope_scaling": ["rope_type": "dynamic", "factor": 2]], ["rope_scaling": 5],
      ["rope_scaling": ["rope_type": "yarn", "factor": 0]], ["rope_theta": 0],
      ["partial_rotary_factor": 0.5], ["attention_bias": "yes"], ["tie_word_embeddings": 1],
      ["model_type": "qwen2_moe", "num_experts": 4, "num_experts_per_tok": 5],
      ["model_type": "qwen2_moe", "num_experts": 1_000_000],
      ["model_type": "qwen2_moe", "mlp_only_layers": ["first"]],
      ["model_type": "qwen2", "use_sliding_window": true, "layer_types": ["full_attention"]],
    ] as [JSON]
  )
  func `nonsense is refused`(changes: JSON) {
    #expect(throws: ModelError.self) { try read(changes) }
  }

  @Test func `unknown families and quantised checkpoints are refused by name`() {
    #expect(throws: ModelError.quantized(method: "gptq")) {
      try read(["quantization_config": ["quant_method": "gptq"]])
    }
    let error = #expect(throws: ModelError.self) { try read(["model_type": "gpt2"]) }
    #expect(error?.description.contains("\"gpt2\" is not supported; supported are llama,") == true)
  }
}
