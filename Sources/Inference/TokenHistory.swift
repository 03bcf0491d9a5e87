/// Which tokens a sequence has seen, as far as its parameters ask: adjusts the logits for its next token.
struct TokenHistory {
  private let parameters: SamplingParameters
  /// Tokens that must not come while the answer is shorter than `minTokens`.
  private let endingIDs: [Int32]
  private var promptIDs: Set<Int32> = []
  private var answerCounts: [Int32: Int] = [:]
  private(set) var answerCount = 0

  init(prompt: [Int32], parameters: SamplingParameters, endingIDs: [Int32]) {
    self.parameters = parameters
    self.endingIDs = endingIDs
    if parameters.repetitionPenalty != 1 { promptIDs = Set(prompt) }
  }

  private var isPenalising: Bool {
    parameters.repetitionPenalty != 1 || parameters.presencePenalty != 0
      || parameters.frequencyPenalty != 0
  }

  mutating func append(_ token: Int32) {
    answerCount += 1
    if isPenalising { answerCounts[token, default: 0] += 1 }
  }

  /// Applies bias, the minimum length and penalties in place, in vLLM's order.
  func adjust(_ logits: UnsafeMutableBufferPointer<Float>) {
    for (id, bias) in parameters.logitBias { logits[Int(id)] += bias }
    if answerCount < parameters.minTokens {
      for id in endingIDs { logits[Int(id)] = -.infinity }
    }
    if isPenalising { penalise(logits) }
  }

  /// Each token on its own, so the order in which a dictionary yields them does not show.
  private func penalise(_ logits: UnsafeMutableBufferPointer<Float>) {
    if parameters.repetitionPenalty != 1 {
      for id in promptIDs { repeated(&logits[Int(id)]) }
      for id in answerCounts.keys where !promptIDs.contains(id) { repeated(&logits[Int(id)]) }
    }
    for (id, count) in answerCounts {
      logits[Int(id)] -= parameters.frequencyPenalty * Float(count) + parameters.presencePenalty
    }
  }

  private func repeated(_ logit: inout Float) {
    if logit > 0 {
      logit /= parameters.repetitionPenalty
    } else {
      logit *= parameters.repetitionPenalty
    }
  }
}
