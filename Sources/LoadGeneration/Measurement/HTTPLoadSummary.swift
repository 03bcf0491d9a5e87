/// The measurements of an open-loop HTTP run, added up while it goes on.
package struct HTTPLoadSummary: Sendable {
  /// How one request ended.
  package enum Ending: Sendable, Equatable {
    case answered(status: Int)
    case failed(reason: String)
    case timedOut
    /// The run was interrupted first.
    case unfinished

    /// Answered, and not with an error.
    package var isSuccess: Bool {
      if case .answered(let status) = self { (200..<400).contains(status) } else { false }
    }
  }

  /// The requests that were due in one second, wherever their answers fell.
  package struct Second: Sendable {
    package var offeredCount = 0
    package var successCount = 0
    package var latency = LatencyHistogram(.coarse)
  }

  package private(set) var offeredCount = 0
  package private(set) var unfinishedCount = 0
  package private(set) var timeoutCount = 0
  package private(set) var statusCounts: [Int: Int] = [:]
  package private(set) var failureCounts: [String: Int] = [:]
  /// Of successful answers, from the intended start.
  package private(set) var latency = LatencyHistogram()
  /// Of the same answers, from when they were sent: what a closed loop would have reported.
  package private(set) var serviceTime = LatencyHistogram()
  package private(set) var lateness = LatencyHistogram()
  package private(set) var seconds: [Second] = []
  package var elapsed = Duration.zero
  package var processorTime = Duration.zero
  package var isInterrupted = false

  /// Different reasons are the server's or the system's words, so the memory of them is bounded.
  private static let maximumReasonCount = 20

  package init() {}

  /// Adds one request; times are from the start of the run.
  package mutating func add(_ ending: Ending, intended: Duration, sent: Duration, end: Duration) {
    let second = Int(intended.components.seconds)
    while seconds.count <= second { seconds.append(Second()) }
    offeredCount += 1
    seconds[second].offeredCount += 1
    lateness.record(sent - intended)
    switch ending {
    case .unfinished: unfinishedCount += 1
    case .timedOut: timeoutCount += 1
    case .failed(let reason):
      let isKnown = failureCounts[reason] != nil || failureCounts.count < Self.maximumReasonCount
      failureCounts[isKnown ? reason : "other", default: 0] += 1
    case .answered(let status):
      statusCounts[status, default: 0] += 1
      guard ending.isSuccess else { return }
      latency.record(end - intended)
      serviceTime.record(end - sent)
      seconds[second].successCount += 1
      seconds[second].latency.record(end - intended)
    }
  }

  package var successCount: Int { latency.count }

  /// Answers with an error status, no answer, or none in time.
  package var failureCount: Int { offeredCount - unfinishedCount - successCount }

  package var client: ClientCost {
    ClientCost(processorTime: processorTime, elapsed: elapsed, lateness: lateness)
  }
}
