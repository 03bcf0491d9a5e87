import Testing

@testable import Inference

@Suite struct TokenHistoryTests {
  private func adjusted(
    _ logits: [Float],
    prompt: [Int32] = [],
    answer: [Int32] = [],
    endingIDs: [Int32] = [],
    _ adjust: (inout SamplingParameters) -> Void
  ) -> [Float] {
    var parameters = SamplingParameters()
    adjust(&parameters)
    var history = TokenHistory(prompt: prompt, parameters: parameters, endingIDs: endingIDs)
    for token in answer { history.append(token) }
    var logits = logits
    logits.withUnsafeMutableBufferPointer { history.adjust($0) }
    return logits
  }

  @Test func `bias is added`() {
    #expect(adjusted([1, 1, 1]) { $0.logitBias = [1: -2.5] } == [1, -1.5, 1])
  }

  @Test func `repetition penalty weakens tokens of prompt and answer once, whatever their sign`() {
    let logits = adjusted([2, -2, 2, 2], prompt: [0, 1, 0], answer: [0, 2, 2]) {
      $0.repetitionPenalty = 2
    }
    #expect(logits == [1, -4, 1, 2])
  }

  @Test func `presence and frequency penalties look at the answer only`() {
    let logits = adjusted([2, 2, 2], prompt: [0], answer: [1, 1]) {
      $0.presencePenalty = 0.5
      $0.frequencyPenalty = 0.25
    }
    #expect(logits == [2, 1, 2])
  }

  @Test func `endings are barred until the answer has its minimum`() {
    let early = adjusted([2, 2], answer: [1], endingIDs: [0]) { $0.minTokens = 2 }
    let late = adjusted([2, 2], answer: [1, 1], endingIDs: [0]) { $0.minTokens = 2 }
    #expect(early == [-.infinity, 2])
    #expect(late == [2, 2])
  }
}
