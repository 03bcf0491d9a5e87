import Scheduling
import Simulation

/// A machine on which a 135 M model decodes in 8 ms and prefills about 2,000 tokens a second.
private let cost = StepCostModel(
  perStep: .milliseconds(7),
  perRow: .microseconds(450),
  perAttendedPosition: .nanoseconds(100)
)

private let machine = Scheduler.Configuration(
  blockCount: 4_096,
  blockLength: 16,
  maximumRunningCount: 256,
  maximumRowCount: 512
)

private let loads = [0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0]

func compare(_ traces: [TraceLengths], requestCount: Int) throws {
  let load = Load(traces, count: requestCount, seed: 1)
  let objectives = Objectives(load, cost: cost, configuration: machine)
  let capacity = saturation(load, objectives)
  print("\(requestCount) requests, capacity of fcfs \(rounded(capacity)) requests/s")
  for serviceClass in objectives.classes { print("  \(serviceClass)") }
  print("share of interactive and standard requests in time (worst quartile | batch), by load")
  print("policy".padded(22) + loads.map { "\($0)x".padded(16) }.joined())
  for policy in PolicyName.allCases { row(policy.rawValue, policy, .usual) }
  for name in PlimsollPolicy.Stages.named.keys.sorted() {
    guard let stage = PlimsollPolicy.Stages.named[name] else { continue }
    let isUsual = PlimsollPolicy.Stages.usual.contains(stage)
    let stages = PlimsollPolicy.Stages.usual.symmetricDifference(stage)
    row((isUsual ? "without " : "with ") + name, .plimsoll, stages)
  }

  func row(_ title: String, _ policy: PolicyName, _ stages: PlimsollPolicy.Stages) {
    let cells = loads.map { cell(policy, stages, rate: $0 * capacity) }
    print(title.padded(22) + cells.map { $0.padded(16) }.joined())
  }

  func cell(_ policy: PolicyName, _ stages: PlimsollPolicy.Stages, rate: Double) -> String {
    let requests = load.requests(rate: rate, classes: objectives.classes)
    var configuration = SimulatedEngine.Configuration(
      scheduler: machine,
      policy: policy,
      cost: cost
    )
    configuration.stages = stages
    let outcomes = SimulatedEngine.outcomes(of: requests, configuration)
    let (quartiles, batch) = objectives.attainment(outcomes)
    let count = quartiles.reduce(0) { $0 + $1.count }
    let share = Double(quartiles.reduce(0) { $0 + $1.metCount }) / Double(max(count, 1))
    let worst = quartiles.map(\.share).min() ?? 0
    return "\(percent(share)) (\(percent(worst)) | \(percent(batch.share)))"
  }
}

/// Requests a second when all come at once.
private func saturation(_ load: Load, _ objectives: Objectives) -> Double {
  var configuration = SimulatedEngine.Configuration(scheduler: machine, policy: .fcfs, cost: cost)
  configuration.admission.rule = .everyone
  var engine = SimulatedEngine(
    configuration,
    load.requests(rate: .infinity, classes: objectives.classes)
  )
  let outcomes = engine.run()
  return Double(outcomes.count) / (engine.busyTime / .seconds(1))
}

private func percent(_ share: Double) -> String { "\(Int((share * 100).rounded()))" }

private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

extension String {
  fileprivate func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(width - count, 1))
  }
}
