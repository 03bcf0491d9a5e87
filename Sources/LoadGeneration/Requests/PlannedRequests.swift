import Randomness

/// The requests of a workload in the order of their arrival, each decided when it is asked for.
package struct PlannedRequests: Sequence, IteratorProtocol, Sendable {
  private let workload: Workload
  private var times: ArrivalTimes?
  private var lengthGenerator: SplitMix64
  private var classGenerator: SplitMix64
  private var index = 0

  init(_ workload: Workload) {
    self.workload = workload
    classGenerator = SplitMix64(seed: workload.seed, part: 2)
    lengthGenerator = SplitMix64(seed: workload.seed, part: 3)
    if case .process(let gaps, let profile, _) = workload.arrivals {
      times = ArrivalTimes(gaps, profile, seed: workload.seed)
    }
  }

  package mutating func next() -> PlannedRequest? {
    guard index < workload.requestLimit ?? .max, let row = nextRow() else { return nil }
    defer { index += 1 }
    return workload.plan(row, index, classIndex: workload.drawClass(using: &classGenerator))
  }

  private mutating func nextRow() -> TokenTrace.Row? {
    switch workload.arrivals {
    case .replay(let trace):
      return index < trace.rows.count ? trace.rows[index] : nil
    case .process(_, _, let lengths):
      guard let arrival = times?.next() else { return nil }
      let (prompt, output) = lengths.draw(using: &lengthGenerator)
      return TokenTrace.Row(
        arrival: arrival,
        promptTokenCount: prompt,
        outputTokenCount: output
      )
    }
  }
}
