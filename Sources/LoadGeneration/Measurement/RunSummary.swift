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
    var perClass = Array(repeating: GroupSummary(), count: classes.count)
    var total = GroupSummary()
    var lateness = LatencyHistogram()
    var seconds = Array(
      repeating: Second(),
      count: Int((elapsed / .seconds(1)).rounded(.up))
    )
    for record in records {
      let objectives = classes[record.request.classIndex].objectives
      perClass[record.request.classIndex].add(record, objectives)
      total.add(record, objectives)
      lateness.record(record.sent - record.request.arrival)
      seconds[at: record.request.arrival]?.offeredCount += 1
      if record.ending == .completed, let end = record.timing.latestEvent {
        seconds[at: end]?.completedCount += 1
        seconds[at: end]?.outputTokenCount += record.outputTokenCount
      }
    }
    self.classes = classes
    self.perClass = perClass
    self.total = total
    self.elapsed = elapsed
    self.seconds = seconds
    self.isInterrupted = isInterrupted
    client = ClientCost(processorTime: processorTime, elapsed: elapsed, lateness: lateness)
  }

  /// `count` per second of the run.
  package func rate(_ count: Int) -> Double {
    elapsed > .zero ? Double(count) / (elapsed / .seconds(1)) : 0
  }

  /// Good requests per second, vLLM's goodput.
  package func goodput(_ group: GroupSummary) -> Double { rate(group.goodCount) }
}

extension Array {
  /// The element of the second in which `time` lies, nil outside the run.
  subscript(at time: Duration) -> Element? {
    get {
      let index = Int(time.components.seconds)
      return indices.contains(index) ? self[index] : nil
    }
    set {
      let index = Int(time.components.seconds)
      if let newValue, indices.contains(index) { self[index] = newValue }
    }
  }
}
