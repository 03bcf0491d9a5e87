/// One run against a language model server: everything that was offered and what became of it.
package struct RunSummary: Sendable {
  /// What one second of the run saw.
  package struct Second: Sendable, Equatable {
    /// Arrivals that were due.
    package var offeredCount = 0
    package var completedCount = 0
    package var outputTokenCount = 0
  }

  package let classes: [ServiceClass]
  package let perClass: [GroupSummary]
  package let total: GroupSummary
  /// From the start to the last outcome.
  package let elapsed: Duration
  package let seconds: [Second]
  package let isInterrupted: Bool
  package let client: ClientCost

  /// - Parameters:
  ///   - records: one per planned request that was due, in any order.
  ///   - classes: the workload's.
  ///   - elapsed: from the start to the last outcome.
  ///   - processorTime: what the client used in that time.
  ///   - isInterrupted: whether the run ended before its plan.
  package init(
    _ records: [RequestRecord],
    classes: [ServiceClass],
    elapsed: Duration,
    processorTime: Duration,
    isInterrupted: Bool = false
  ) {
    var tally = RunTally(classes: classes)
    for record in records { tally.add(record) }
    self.init(
      tally,
      elapsed: elapsed,
      processorTime: processorTime,
      isInterrupted: isInterrupted
    )
  }

  /// The summary of what was counted; seconds beyond the run's end are left out.
  package init(
    _ tally: RunTally,
    elapsed: Duration,
    processorTime: Duration,
    isInterrupted: Bool = false
  ) {
    classes = tally.classes
    perClass = tally.perClass
    total = tally.total
    self.elapsed = elapsed
    let count = Int((elapsed / .seconds(1)).rounded(.up))
    let missing = max(count - tally.seconds.count, 0)
    seconds =
      tally.seconds.prefix(count) + Array(repeating: Second(), count: missing)
    self.isInterrupted = isInterrupted
    client = ClientCost(
      processorTime: processorTime,
      elapsed: elapsed,
      lateness: tally.lateness
    )
  }

  /// `count` per second of the run.
  package func rate(_ count: Int) -> Double {
    elapsed > .zero ? Double(count) / (elapsed / .seconds(1)) : 0
  }

  /// Good requests per second, vLLM's goodput.
  package func goodput(_ group: GroupSummary) -> Double { rate(group.goodCount) }
}
