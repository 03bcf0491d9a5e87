/// How requests are turned away.
package enum AdmissionRule: Sendable, Hashable {
  /// Not at all.
  case everyone
  /// When the places are taken, or too many prompt tokens wait.
  case places
  /// Also when their class's time to first token cannot be kept; deferrable work when half the places are taken.
  case promises
}

/// Keeps the house from taking in more than it can serve: a place is reserved before any work is done.
///
/// Counts whole requests, from reservation to end, and the prompt tokens of those that have no token yet.
package struct Admission: Sendable {
  package struct Limits: Sendable, Hashable {
    /// Requests in the house: those with a seat and those that wait.
    package var requestCount: Int
    package var queuedPromptTokenCount: Int
    package var rule: AdmissionRule

    package init(requestCount: Int, queuedPromptTokenCount: Int, rule: AdmissionRule = .places) {
      precondition(requestCount > 0 && queuedPromptTokenCount > 0)
      self.requestCount = requestCount
      self.queuedPromptTokenCount = queuedPromptTokenCount
      self.rule = rule
    }
  }

  /// Why a request was turned away, and when a place is expected for it.
  package struct Refusal: Error, Hashable, CustomStringConvertible {
    package enum Reason: String, Sendable, CaseIterable {
      case requests
      case promptTokens = "prompt_tokens"
      case promise
      case draining
    }

    package let reason: Reason
    package let retryAfter: Duration

    package var description: String {
      switch reason {
      case .requests: "the queue is full"
      case .promptTokens: "too many prompt tokens are waiting"
      case .promise: "the first token would be later than this class of service promises"
      case .draining: "the server is shutting down"
      }
    }
  }

  /// How much longer the wait becomes than it looks: those that come later and are promised sooner go first.
  private static let caution = 1.6

  package let limits: Limits
  package private(set) var requestCount = 0
  package private(set) var isDraining = false
  /// Requests that were refused although they could not wait, since the house was opened.
  package private(set) var turnedAwayCount = 0
  /// Prompt tokens that wait, by the ``stratum(promptTokenCount:_:)`` of their promise, and of those whose class is not
  /// known yet.
  private var queuedTokenCounts: [Int] = []
  private var unclassedTokenCount = 0
  /// Prompt tokens a second, as measured; nil until it was.
  private var prefillRate: Double?
  /// Mean time between two requests' ends while there is work, in seconds.
  private var secondsPerRelease = 1.0
  private var latestRelease: Duration?
  private var refusalsSinceRelease = 0

  package init(_ limits: Limits) { self.limits = limits }

  package var queuedPromptTokenCount: Int { queuedTokenCounts.reduce(unclassedTokenCount, +) }

  /// Takes a place, or says why there is none.
  ///
  /// A prompt longer than the limits on tokens is let in when none waits before it, or it never could be.
  package mutating func reserve(promptTokenCount: Int, at now: Duration) -> Refusal? {
    precondition(promptTokenCount >= 0)
    if isDraining { return refuse(.draining) }
    if limits.rule != .everyone {
      if requestCount >= limits.requestCount { return turnAway(.requests) }
      let queued = queuedPromptTokenCount
      let (sum, overflow) = queued.addingReportingOverflow(promptTokenCount)
      if queued > 0, overflow || sum > limits.queuedPromptTokenCount {
        return turnAway(.promptTokens)
      }
    }
    // Idle time is no time between releases.
    if requestCount == 0 { latestRelease = now }
    requestCount += 1
    unclassedTokenCount += promptTokenCount
    return nil
  }

  /// Counts a request that has its place to its class, or says why that class cannot take it.
  ///
  /// Cheap, so that it comes before the prompt is even made into tokens; a refused one keeps its place until it is released.
  package mutating func classify(
    promptTokenCount: Int,
    as serviceClass: ServiceClass
  ) -> Refusal? {
    if limits.rule == .promises, let refusal = refusal(promptTokenCount, serviceClass) {
      return refusal
    }
    unclassedTokenCount -= promptTokenCount
    enqueue(promptTokenCount, serviceClass)
    return nil
  }

  /// Corrects how long a prompt that waits is; `serviceClass` is nil if it was not told yet.
  package mutating func recount(from estimate: Int, to count: Int, serviceClass: ServiceClass?) {
    start(promptTokenCount: estimate, serviceClass: serviceClass)
    if let serviceClass { enqueue(count, serviceClass) } else { unclassedTokenCount += count }
  }

  private mutating func enqueue(_ promptTokenCount: Int, _ serviceClass: ServiceClass) {
    let stratum = Self.stratum(promptTokenCount: promptTokenCount, serviceClass)
    while queuedTokenCounts.count <= stratum { queuedTokenCounts.append(0) }
    queuedTokenCounts[stratum] += promptTokenCount
  }

  /// A request's prompt waits no longer; `serviceClass` is nil if it was never told.
  package mutating func start(promptTokenCount: Int, serviceClass: ServiceClass?) {
    if let serviceClass {
      let stratum = Self.stratum(promptTokenCount: promptTokenCount, serviceClass)
      queuedTokenCounts[stratum] -= promptTokenCount
    } else {
      unclassedTokenCount -= promptTokenCount
    }
    precondition(
      unclassedTokenCount >= 0 && queuedTokenCounts.allSatisfy { $0 >= 0 },
      "more prompt tokens started than were reserved"
    )
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

  /// Takes in how many prompt tokens a second are computed while some wait.
  package mutating func note(prefillRate: Double?) { self.prefillRate = prefillRate }

  /// Lets nobody in any more.
  package mutating func close() { isDraining = true }

  private mutating func refusal(_ tokenCount: Int, _ serviceClass: ServiceClass) -> Refusal? {
    if serviceClass.isDeferrable, requestCount > max(limits.requestCount / 2, 1) {
      return refuse(.requests)
    }
    guard let prefillRate else { return nil }
    // Those who may wait longer give way.
    let stratum = Self.stratum(promptTokenCount: tokenCount, serviceClass)
    let ahead = queuedTokenCounts.prefix(stratum + 1).reduce(0, +)
    let wait = Double(ahead + tokenCount) / prefillRate * Self.caution
    let promised = serviceClass.timeToFirstToken(promptCount: tokenCount) / .seconds(1)
    guard ahead > 0, wait > promised else { return nil }
    if !serviceClass.isDeferrable { turnedAwayCount += 1 }
    return Refusal(reason: .promise, retryAfter: Self.wholeSeconds(wait - promised))
  }

  /// How long a request may wait, in powers of two.
  ///
  /// Whoever is promised the sooner goes first, so a short prompt is not refused for a long one that gives way to it.
  /// Work that can wait stands behind all others.
  private static func stratum(promptTokenCount: Int, _ serviceClass: ServiceClass) -> Int {
    if serviceClass.isDeferrable { return Int.bitWidth }
    let promised = serviceClass.timeToFirstToken(promptCount: promptTokenCount)
    return Int.bitWidth - max(Int(promised.microseconds), 0).leadingZeroBitCount
  }

  private mutating func turnAway(_ reason: Refusal.Reason) -> Refusal {
    turnedAwayCount += 1
    return refuse(reason)
  }

  /// The k-th caller turned away since a place became free is told when the k-th next is expected.
  private mutating func refuse(_ reason: Refusal.Reason) -> Refusal {
    refusalsSinceRelease += 1
    return Refusal(
      reason: reason,
      retryAfter: Self.wholeSeconds(secondsPerRelease * Double(refusalsSinceRelease))
    )
  }

  /// Whole seconds for the HTTP header; beyond two minutes OpenAI's clients give up instead of waiting.
  private static func wholeSeconds(_ seconds: Double) -> Duration {
    .seconds(Int(min(max(seconds.rounded(.up), 1), 120)))
  }
}
