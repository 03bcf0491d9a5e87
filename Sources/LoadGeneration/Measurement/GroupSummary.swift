/// The figures of a group of requests: one class, or all.
package struct GroupSummary: Sendable {
  package var offeredCount = 0
  package var completedCount = 0
  package var rejectedCount = 0
  package var failedCount = 0
  package var unfinishedCount = 0
  /// Completed within every objective of their class.
  package var goodCount = 0
  /// Of completed requests.
  package var promptTokenCount = 0
  package var outputTokenCount = 0

  package var timeToFirstToken = LatencyHistogram()
  package var timePerOutputToken = LatencyHistogram()
  /// Pooled over all answers.
  package var interTokenLatency = LatencyHistogram()
  package var endToEnd = LatencyHistogram()

  package init() {}

  package mutating func add(_ record: RequestRecord, _ objectives: Objectives) {
    offeredCount += 1
    switch record.ending {
    case .rejected: rejectedCount += 1
    case .failed: failedCount += 1
    case .unfinished: unfinishedCount += 1
    case .completed: addCompleted(record, objectives)
    }
  }

  private mutating func addCompleted(_ record: RequestRecord, _ objectives: Objectives) {
    completedCount += 1
    if record.isGood(objectives) { goodCount += 1 }
    promptTokenCount += record.promptTokenCount
    outputTokenCount += record.outputTokenCount
    if let value = record.timeToFirstToken { timeToFirstToken.record(value) }
    if let value = record.timePerOutputToken { timePerOutputToken.record(value) }
    if let value = record.endToEnd { endToEnd.record(value) }
    for gap in record.timing.gaps { interTokenLatency.record(gap) }
  }

  /// Requests that can be judged: refused and failed ones are, as missed; those cut off by the end of an
  /// interrupted run are not.
  package var judgedCount: Int { offeredCount - unfinishedCount }

  /// The share of judged requests that kept every promise; nil of none.
  package var attainment: Double? {
    judgedCount == 0 ? nil : Double(goodCount) / Double(judgedCount)
  }
}
