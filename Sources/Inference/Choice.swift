import Randomness

/// One choice of a request: from the tokens that were sampled to the text that the client sees.
struct Choice {
  /// What a new token led to.
  struct Outcome {
    var text: String
    /// Nil when the token ends the answer without being part of it.
    var token: GeneratedToken?
    var finishReason: FinishReason?
  }

  private let parameters: SamplingParameters
  private let maximumTokenCount: Int
  private let endingIDs: [Int32]
  private var history: TokenHistory
  private var generator: SplitMix64
  private var decoder: any TextDecoding
  private var stops: StopMatcher
  private var isFinished = false
  private(set) var firstTokenTime: Duration?
  private(set) var latestTokenTime: Duration?

  /// `endingIDs` are the tokens that end the answer.
  init(
    prompt: [Int32],
    parameters: SamplingParameters,
    maximumTokenCount: Int,
    endingIDs: [Int32],
    seed: UInt64,
    decoder: any TextDecoding
  ) {
    self.parameters = parameters
    self.maximumTokenCount = maximumTokenCount
    self.endingIDs = endingIDs
    self.decoder = decoder
    history = TokenHistory(prompt: prompt, parameters: parameters, endingIDs: endingIDs)
    generator = SplitMix64(seed: seed)
    stops = StopMatcher(stops: parameters.stop, includesStop: parameters.includesStopInOutput)
  }

  var tokenCount: Int { history.answerCount }

  /// Mean time per token after the first; nil for a single token.
  var timePerOutputToken: Duration? {
    guard let first = firstTokenTime, let latest = latestTokenTime, tokenCount > 1 else {
      return nil
    }
    return (latest - first) / (tokenCount - 1)
  }

  mutating func noteToken(at now: Duration) {
    firstTokenTime = firstTokenTime ?? now
    latestTokenTime = now
  }

  /// Draws the next token from its row of logits, which it overwrites.
  mutating func sample(
    _ logits: UnsafeMutableBufferPointer<Float>,
    with sampler: inout Sampler,
    _ report: inout LogprobReport
  ) -> GeneratedToken {
    if let count = parameters.logprobCount { report.read(logits, topCount: count) }
    history.adjust(logits)
    let id = sampler.sample(logits, parameters, &generator)
    return parameters.logprobCount == nil ? GeneratedToken(id: id) : report.token(id)
  }

  /// Takes a token into the answer.
  mutating func append(_ token: GeneratedToken) -> Outcome {
    history.append(token.id)
    var outcome = Outcome(text: "", token: token, finishReason: nil)
    let mayStop = tokenCount > parameters.minTokens
    if mayStop, endingIDs.contains(token.id) {
      outcome.finishReason = .stop
      if !parameters.includesStopInOutput { outcome.token = nil }
    }
    if let kept = outcome.token { read(kept.id, mayStop: mayStop, into: &outcome) }
    if tokenCount == parameters.replayedLength { outcome.finishReason = .stop }
    if outcome.finishReason == nil, tokenCount >= maximumTokenCount {
      outcome.finishReason = .length
    }
    if outcome.finishReason != nil { finish(&outcome) }
    return outcome
  }

  private mutating func read(_ id: Int32, mayStop: Bool, into outcome: inout Outcome) {
    let text = decoder.append(id)
    guard mayStop else { return outcome.text = text }
    let (released, isStopped) = stops.append(text)
    outcome.text = released
    if isStopped {
      outcome.finishReason = .stop
      isFinished = true
    }
  }

  /// Releases what was held back, unless it lies behind a stop text.
  private mutating func finish(_ outcome: inout Outcome) {
    guard !isFinished else { return }
    isFinished = true
    let (released, isStopped) = stops.append(decoder.finish())
    outcome.text += released
    if isStopped { outcome.finishReason = .stop } else { outcome.text += stops.finish() }
  }
}
