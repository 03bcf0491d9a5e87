/// How many prompt tokens a second are computed while there are some to compute, beside whatever else runs.
package struct PrefillRate: Sendable {
  private var tokenCount = 0.0
  private var seconds = 0.0

  /// Seconds of steps after which a measurement has faded to a third.
  private static let memory = 5.0
  /// Tokens below which a rate would be a guess.
  private static let leastTokenCount = 512.0

  package init() {}

  /// Tokens a second; nil until enough were computed.
  package var tokensPerSecond: Double? {
    tokenCount >= Self.leastTokenCount && seconds > 0 ? tokenCount / seconds : nil
  }

  /// Takes in a step that computed that many prompt tokens, while others waited or not.
  package mutating func observe(tokenCount: Int, isBacklogged: Bool, duration: Duration) {
    guard tokenCount > 0 || isBacklogged else { return }
    let elapsed = max(duration / .seconds(1), 0)
    let fading = max(1 - elapsed / Self.memory, 0)
    self.tokenCount = self.tokenCount * fading + Double(tokenCount)
    seconds = seconds * fading + elapsed
  }
}
