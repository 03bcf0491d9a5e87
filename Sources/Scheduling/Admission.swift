/// Keeps the house from taking in more than it can serve: a place is reserved before any work is done.
///
/// Counts whole requests, from reservation to end, and the prompt tokens of those that have not started.
package struct Admission: Sendable {
  package struct Limits: Sendable, Hashable {
    /// Requests in the house: those with a seat and those that wait.
    package var requestCount: Int
    package var queuedPromptTokenCount: Int

    package init(requestCount: Int, queuedPromptTokenCount: Int) {
      precondition(requestCount > 0 && queuedPromptTokenCount > 0)
      self.requestCount = requestCount
      self.queuedPromptTokenCount = queuedPromptTokenCount
    }
  }

  /// Why a request was turned away, and when a place is expected for it.
  package struct Refusal: Error, Hashable, CustomStringConvertible {
    package enum Reason: String, Sendable, CaseIterable {
      case requests
      case promptTokens = "prompt_tokens"
      case draining
    }

    package let reason: Reason
    package let retryAfter: Duration

    package var description: String {
      switch reason {
      case .requests: "the queue is full"
      case .promptTokens: "too many prompt tokens are waiting"
      case .draining: "the server is shutting down"
      }
    }
  }

  package let limits: Limits
  package private(set) var requestCount = 0
  package private(set) var queuedPromptTokenCount = 0
  package private(set) var isDraining = false
  /// Mean time between two requests' ends while there is work, in seconds.
  private var secondsPerRelease = 1.0
  private var latestRelease: Duration?
  private var refusalsSinceRelease = 0

  package init(_ limits: Limits) { self.limits = limits }

  /// Takes a place, or says why not.
  ///
  /// A prompt longer than the limit on queued tokens is let in when no other waits, or it never could be.
  package mutating func reserve(promptTokenCount: Int, at now: Duration) -> Refusal? {
    precondition(promptTokenCount >= 0)
    if isDraining { return refuse(.draining) }
    if requestCount >= limits.requestCount { return refuse(.requests) }
    let (sum, overflow) = queuedPromptTokenCount.addingReportingOverflow(promptTokenCount)
    if queuedPromptTokenCount > 0, overflow || sum > limits.queuedPromptTokenCount {
      return refuse(.promptTokens)
    }
    // Idle time is no time between releases.
    if requestCount == 0 { latestRelease = now }
    requestCount += 1
    queuedPromptTokenCount = sum
    return nil
  }

  /// A request's prompt waits no longer.
  package mutating func start(promptTokenCount: Int) {
    queuedPromptTokenCount -= promptTokenCount
    precondition(queuedPromptTokenCount >= 0, "more prompt tokens started than were reserved")
  }

  /// A request has ended and its place is free.
  package mutating func release(at now: Duration) {
    precondition(requestCount > 0, "a place is released that nobody held")
    requestCount -= 1
    refusalsSinceRelease = 0
    if let latestRelease {
      secondsPerRelease += 0.1 * ((now - latestRelease) / .seconds(1) - secondsPerRelease)
    }
    latestRelease = now
  }

  /// Lets nobody in any more.
  package mutating func close() { isDraining = true }

  /// The k-th caller turned away since a place became free is told when the k-th next is expected.
  private mutating func refuse(_ reason: Refusal.Reason) -> Refusal {
    refusalsSinceRelease += 1
    let seconds = secondsPerRelease * Double(refusalsSinceRelease)
    // Whole seconds for the HTTP header; beyond two minutes OpenAI's clients give up instead of waiting.
    return Refusal(
      reason: reason,
      retryAfter: .seconds(Int(min(max(seconds.rounded(.up), 1), 120)))
    )
  }
}
