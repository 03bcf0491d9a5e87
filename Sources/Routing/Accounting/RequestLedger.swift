/// The requests of one service, all accounted for: what arrived is in flight or has ended in one way.
package struct RequestLedger: Hashable, Sendable {
  /// How a request ended, as its client saw it.
  package enum Ending: Int, Hashable, Sendable, CaseIterable {
    /// With an endpoint's answer below 500.
    case answered
    /// With an endpoint's answer of 500 or more.
    case failed
    /// With 503: no endpoint was ready.
    case unavailable
    /// With 502, or cut short: an endpoint broke off.
    case broken
    /// With 504, or cut short: an endpoint made no progress.
    case timedOut
    /// The client went away first.
    case abandoned
  }

  package private(set) var arrivedCount = 0
  private var endings = Array(repeating: 0, count: Ending.allCases.count)
  /// Tries after a request's first.
  package private(set) var retryCount = 0
  /// Times from arrival to the end of the answer, of requests that were answered below 500.
  package private(set) var latencies = LatencyCounts()
  package private(set) var load = LoadIntegral()

  package init() {}

  package mutating func begin(at now: Duration) {
    arrivedCount += 1
    load.begin(at: now)
  }

  package mutating func end(_ ending: Ending, after latency: Duration, at now: Duration) {
    endings[ending.rawValue] += 1
    load.end(at: now)
    if ending == .answered { latencies.record(latency) }
  }

  package mutating func noteRetry() { retryCount += 1 }

  package func count(_ ending: Ending) -> Int { endings[ending.rawValue] }

  package var endedCount: Int { endings.reduce(0, +) }
  package var inFlightCount: Int { load.current }

  /// Ended otherwise than with an answer below 500, by no doing of the client.
  package var errorCount: Int {
    endedCount - count(.answered) - count(.abandoned)
  }

  /// Traps unless every request is in flight or has ended once.
  func checkInvariants() {
    precondition(
      arrivedCount == endedCount + inFlightCount,
      "\(arrivedCount) arrived, \(endedCount) ended, \(inFlightCount) are in flight"
    )
  }
}
