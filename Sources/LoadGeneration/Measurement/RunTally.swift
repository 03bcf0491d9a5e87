/// Counts what becomes of a run's requests, one after the other, and keeps none of them.
package struct RunTally: Sendable {
  package let classes: [ServiceClass]
  package private(set) var perClass: [GroupSummary]
  package private(set) var total = GroupSummary()
  package private(set) var seconds: [RunSummary.Second] = []
  /// By how much the client sent later than it should have.
  package private(set) var lateness = LatencyHistogram()
  /// When the last of them came or ended.
  package private(set) var latest = Duration.zero

  /// `classes` are the workload's.
  package init(classes: [ServiceClass]) {
    self.classes = classes
    perClass = Array(repeating: GroupSummary(), count: classes.count)
  }

  package mutating func add(_ record: RequestRecord) {
    let (arrival, end) = (record.request.arrival, record.timing.latestEvent)
    let objectives = classes[record.request.classIndex].objectives
    perClass[record.request.classIndex].add(record, objectives)
    total.add(record, objectives)
    lateness.record(record.sent - arrival)
    latest = max(latest, end ?? arrival, arrival)
    note(at: arrival) { $0.offeredCount += 1 }
    guard record.ending == .completed, let end else { return }
    note(at: end) {
      $0.completedCount += 1
      $0.outputTokenCount += record.outputTokenCount
    }
  }

  private mutating func note(at time: Duration, _ change: (inout RunSummary.Second) -> Void) {
    let index = Int(max(time, .zero).components.seconds)
    while seconds.count <= index { seconds.append(RunSummary.Second()) }
    change(&seconds[index])
  }
}
