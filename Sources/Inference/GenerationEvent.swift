/// A token and the natural logarithm of its probability.
package struct TokenLogprob: Sendable, Hashable {
  package let id: Int32
  package let logprob: Float

  package init(id: Int32, logprob: Float) {
    self.id = id
    self.logprob = logprob
  }
}

/// A token that was generated.
package struct GeneratedToken: Sendable, Hashable {
  package let id: Int32
  /// Nil unless log-probabilities were asked for; of the model's own distribution, before any parameter.
  package let logprob: Float?
  /// The likeliest tokens, best first.
  package let topLogprobs: [TokenLogprob]

  package init(id: Int32, logprob: Float? = nil, topLogprobs: [TokenLogprob] = []) {
    self.id = id
    self.logprob = logprob
    self.topLogprobs = topLogprobs
  }
}

/// Why a choice ended.
package enum FinishReason: String, Sendable, Hashable, CaseIterable {
  /// End of text, a stop token or a stop text.
  case stop
  /// `maxTokens` or the context's end.
  case length
}

/// What a request consumed.
package struct Usage: Sendable, Hashable {
  package var promptTokens: Int
  /// Prompt tokens whose keys and values were found in the prefix cache.
  package var cachedPromptTokens: Int
  /// Over all choices, end-of-text included.
  package var completionTokens: Int
  /// Pairs of token and expert that its rows needed, where the engine may brown out; else zero.
  package var expertPairs: Int
  /// Those of them that united experts served.
  package var unitedExpertPairs: Int
  /// From arrival to the first step that worked on the request.
  package var queueTime: Duration
  /// From arrival to the first token.
  package var timeToFirstToken: Duration
  /// From arrival to the last token.
  package var totalTime: Duration

  package init(
    promptTokens: Int,
    cachedPromptTokens: Int = 0,
    completionTokens: Int,
    expertPairs: Int = 0,
    unitedExpertPairs: Int = 0,
    queueTime: Duration = .zero,
    timeToFirstToken: Duration = .zero,
    totalTime: Duration = .zero
  ) {
    self.promptTokens = promptTokens
    self.cachedPromptTokens = cachedPromptTokens
    self.completionTokens = completionTokens
    self.expertPairs = expertPairs
    self.unitedExpertPairs = unitedExpertPairs
    self.queueTime = queueTime
    self.timeToFirstToken = timeToFirstToken
    self.totalTime = totalTime
  }
}

/// Why a request ended without its answer.
package enum GenerationFailure: Error, Sendable, Hashable, CustomStringConvertible {
  case deadlinePassed
  case engineStopped

  package var description: String {
    switch self {
    case .deadlinePassed: "the request's deadline passed before its answer was complete"
    case .engineStopped: "the engine was stopped before the answer was complete"
    }
  }
}

/// One thing that happened to a request.
package enum GenerationEvent: Sendable, Hashable {
  /// New tokens of a choice and the text that became certain with them.
  ///
  /// The text never ends within a character and never contains what may turn out to begin a stop text, so it may be
  /// empty while there is a token, and may come without a token at the end.
  case text(choice: Int, text: String, tokens: [GeneratedToken])
  case finished(choice: Int, reason: FinishReason)
  /// The last event of a request that was served.
  case usage(Usage)
  /// The last event of a request that was not.
  case failed(GenerationFailure)
}
