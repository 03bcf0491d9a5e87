package import Scheduling

/// One prompt to be continued `choiceCount` times.
package struct GenerationRequest: Sendable {
  package var prompt: [Int32]
  package var choiceCount: Int
  package var sampling: SamplingParameters
  /// When the answer is worth nothing any more.
  package var deadline: ContinuousClock.Instant?
  /// What kind of service it asks for; the engine's default if nil.
  package var serviceClass: ServiceClass?
  /// Among requests of a class, lower goes first.
  package var priority = 0
  package var tenant = TenantID.anonymous
  /// Whether tokens such as end-of-text leave no trace in the text.
  package var skipsSpecialTokens: Bool
  /// Whether united experts may serve it; as its class says if nil.
  package var quality: Quality?

  package init(
    prompt: [Int32],
    choiceCount: Int = 1,
    sampling: SamplingParameters = SamplingParameters(),
    deadline: ContinuousClock.Instant? = nil,
    skipsSpecialTokens: Bool = true,
    quality: Quality? = nil
  ) {
    self.prompt = prompt
    self.choiceCount = choiceCount
    self.sampling = sampling
    self.deadline = deadline
    self.skipsSpecialTokens = skipsSpecialTokens
    self.quality = quality
  }
}

/// Why a request cannot be served, however empty the house is.
package enum RequestError: Error, Hashable, CustomStringConvertible {
  case emptyPrompt
  case promptTooLong(tokenCount: Int, maximumModelLength: Int)
  case unknownToken(Int32, vocabularyCount: Int)
  case invalidParameter(name: String, problem: String)
  case exceedsMemory(Scheduler.Refusal)

  package var description: String {
    switch self {
    case .emptyPrompt: "the prompt has no tokens"
    case .promptTooLong(let count, let maximum):
      "the prompt has \(count) tokens and leaves no room for an answer in the context of \(maximum)"
    case .unknownToken(let id, let count):
      "the prompt holds token \(id), the vocabulary ends at \(count - 1)"
    case .invalidParameter(let name, let problem): "\(name) \(problem)"
    case .exceedsMemory(let refusal): "\(refusal)"
    }
  }
}
