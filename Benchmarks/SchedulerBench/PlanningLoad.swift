import Randomness
import Scheduling

/// How long the steps took to plan under one policy.
struct PlanningFigures: CustomStringConvertible {
  let name: PolicyName
  let durations: [Duration]
  let startCount: Int

  var percentile99: Duration { durations[durations.count * 99 / 100] }

  var description: String {
    let columns = [durations[durations.count / 2], percentile99, durations[durations.count - 1]]
      .map { pad("\((($0 / .microseconds(1)) * 10).rounded() / 10)", 10) }
    return name.rawValue + String(repeating: " ", count: 11 - name.rawValue.count)
      + columns.joined() + pad("\(startCount)", 9)
  }

  private func pad(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(width - text.count, 0)) + text
  }
}

/// Plans 2,000 steps of a full house of 256 seats with 10,000 more waiting; whoever leaves is replaced.
func measure(_ name: PolicyName) -> PlanningFigures {
  var load = PlanningLoad(name)
  var durations: [Duration] = []
  for step in 0..<2_200 {
    let duration = load.step()
    // The first steps fill the seats.
    if step >= 200 { durations.append(duration) }
  }
  return PlanningFigures(name: name, durations: durations.sorted(), startCount: load.startCount)
}

/// A scheduler with many that wait, on a machine of 1 ms and 50 µs for each row.
struct PlanningLoad {
  private var scheduler: Scheduler
  private var random = SplitMix64(seed: 1)
  private var leftCounts: [RequestID: Int] = [:]
  private var nextID: UInt64 = 0
  private var now = Duration.zero
  private(set) var startCount = 0

  init(_ name: PolicyName) {
    scheduler = Scheduler(
      Scheduler.Configuration(
        blockCount: 32_768,
        blockLength: 16,
        maximumRunningCount: 256,
        maximumRowCount: 512
      ),
      policy: name.makePolicy(maximumLength: 4_096),
      predictor: name.makePredictor()
    )
  }

  /// How long one step took to plan.
  mutating func step() -> Duration {
    while scheduler.waitingCount < 10_000 { arrive() }
    let start = ContinuousClock.now
    let plan = scheduler.plan(at: now)
    let duration = ContinuousClock.now - start
    startCount += plan.starts.count
    let samples = plan.entries.filter(\.isSampled).map { entry in
      let left = (leftCounts[entry.sequence.request] ?? 1) - 1
      leftCounts[entry.sequence.request] = left > 0 ? left : nil
      return StepResult.Sample(sequence: entry.sequence, token: 1, isLast: left == 0)
    }
    let took = Duration.microseconds(1_000 + 50 * plan.load.rowCount)
    now += took
    scheduler.apply(StepResult(duration: took, samples: samples))
    return duration
  }

  private mutating func arrive() {
    let classes = ServiceClassTable.usual.classes
    let length = Int.random(in: 1...200, using: &random)
    let id = RequestID(rawValue: nextID)
    nextID += 1
    leftCounts[id] = length
    let refusal = scheduler.add(
      Request(
        id: id,
        prompt: Array(
          repeating: Int32(truncatingIfNeeded: nextID),
          count: Int.random(in: 10...1_000, using: &random)
        ),
        maximumNewTokenCount: 1_024,
        arrival: now,
        serviceClass: classes[Int.random(in: 0..<3, using: &random)],
        priority: Int.random(in: -2...2, using: &random),
        tenant: TenantID(rawValue: UInt64.random(in: 0..<8, using: &random)),
        trueNewTokenCount: length
      )
    )
    precondition(refusal == nil, "\(id) does not fit")
  }
}
