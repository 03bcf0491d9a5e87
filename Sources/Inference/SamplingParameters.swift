/// How the next token is chosen; names and meanings as in the OpenAI API and vLLM.
package struct SamplingParameters: Sendable, Hashable {
  /// Zero means greedy: the likeliest token, the lowest id among equals.
  package var temperature: Float = 1
  /// Only the `topK` likeliest tokens may be drawn; nil for all.
  package var topK: Int?
  /// Only the likeliest tokens that together hold this probability may be drawn, 0 < topP ≤ 1.
  package var topP: Float = 1
  /// Only tokens at least this share as likely as the likeliest may be drawn, 0...1.
  package var minP: Float = 0
  /// Divides positive and multiplies negative logits of tokens in prompt or answer; 1 for none.
  package var repetitionPenalty: Float = 1
  /// Subtracted once from the logits of tokens in the answer.
  package var presencePenalty: Float = 0
  /// Subtracted from the logits of tokens in the answer, for each time they occur.
  package var frequencyPenalty: Float = 0
  /// The same seed gives the same tokens, whatever else is served at the time; nil for a random one.
  package var seed: UInt64?
  /// Added to the logits of single tokens.
  package var logitBias: [Int32: Float] = [:]
  /// Tokens to generate at most; nil for as many as the context holds.
  package var maxTokens: Int?
  /// Neither end-of-text nor a stop ends an answer before it has this many tokens.
  package var minTokens = 0
  /// The answer ends with exactly this many tokens, as if by end-of-text; nil when the model decides.
  package private(set) var replayedLength: Int?
  /// Whether end-of-text tokens are generated like any other.
  package var ignoresEndOfText = false
  /// Texts that end the answer when they appear in it.
  package var stop: [String] = []
  /// Tokens that end the answer.
  package var stopTokenIDs: [Int32] = []
  /// Whether the stop text or token is part of the answer.
  package var includesStopInOutput = false
  /// Report the chosen token's log-probability and those of this many likeliest; nil for none.
  package var logprobCount: Int?

  package init() {}

  /// Gives the answer a recorded length in place of the model's own end.
  ///
  /// Only the choice of tokens reads it: to the scheduler the request looks like any other with its `maxTokens`.
  package mutating func replay(length: Int) {
    replayedLength = length
    minTokens = length
  }
}

extension SamplingParameters {
  /// The first field that is out of its range, if any.
  func firstError(vocabularyCount: Int) -> RequestError? {
    let ids = Array(logitBias.keys) + stopTokenIDs
    let checks: [(String, Bool, String)] = [
      ("temperature", temperature.isFinite && temperature >= 0, "must not be negative"),
      ("top_k", topK.map { $0 > 0 } ?? true, "must be at least 1"),
      ("top_p", topP > 0 && topP <= 1, "must be above 0 and at most 1"),
      ("min_p", minP >= 0 && minP <= 1, "must be between 0 and 1"),
      (
        "repetition_penalty", repetitionPenalty.isFinite && repetitionPenalty > 0,
        "must be positive"
      ),
      ("presence_penalty", presencePenalty.isFinite, "must be a finite number"),
      ("frequency_penalty", frequencyPenalty.isFinite, "must be a finite number"),
      ("logit_bias", logitBias.values.allSatisfy { !$0.isNaN }, "must be numbers"),
      ("max_tokens", maxTokens.map { $0 > 0 } ?? true, "must be at least 1"),
      ("min_tokens", minTokens >= 0, "must not be negative"),
      ("min_tokens", maxTokens.map { minTokens <= $0 } ?? true, "must not exceed max_tokens"),
      ("stop", !stop.contains(""), "must not contain an empty text"),
      (
        "logprobs", logprobCount.map { $0 >= 0 && $0 <= vocabularyCount } ?? true, "is out of range"
      ),
      (
        "logit_bias or stop_token_ids",
        ids.allSatisfy { (0..<Int32(vocabularyCount)).contains($0) },
        "names a token outside the vocabulary of \(vocabularyCount)"
      ),
    ]
    return checks.first { !$0.1 }.map { .invalidParameter(name: $0.0, problem: $0.2) }
  }
}
