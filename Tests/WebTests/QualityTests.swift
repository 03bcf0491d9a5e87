import Inference
import OrderedJSON
import Scheduling
import Testing

@testable import Web

@Suite struct QualityTests {
  private func fields(_ text: String) throws -> SamplingFields {
    var fields = try RequestFields(parsing: Array(text.utf8))
    return try fields.samplingFields(
      defaults: SamplingParameters(),
      bounds: SamplingFields.Bounds(vocabularyCount: 10)
    )
  }

  @Test func `a request may insist on full quality`() throws {
    #expect(try fields(#"{"quality": "full"}"#).quality == .full)
    #expect(try fields(#"{"quality": "adaptive"}"#).quality == .adaptive)
    #expect(try fields("{}").quality == nil, "its class decides")
    for value in [#""best""#, "1", "true"] {
      #expect(throws: APIFault.self) { try fields(#"{"quality": \#(value)}"#) }
    }
  }

  @Test func `usage tells the share that united experts served, where they may`() {
    var usage = Usage(promptTokens: 3, completionTokens: 4)
    #expect(usage.json["united_expert_share"] == nil)
    usage += Usage(promptTokens: 0, completionTokens: 0, expertPairs: 40, unitedExpertPairs: 10)
    #expect(usage.json["united_expert_share"] == 0.25)
  }
}
