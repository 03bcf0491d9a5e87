import Applications
package import Control
import OrderedCollections

/// Takes each service for a queue and gives it the fewest replicas with which a request waits no longer than its part of the promise.
package struct QueueingPolicy: Policy {
  package static let descriptor = PolicyDescriptor(
    name: "queueing",
    summary: "A queueing model of each service: the fewest replicas whose wait the promise allows.",
    interval: .seconds(15),
    place: Taxonomy(
      controller: .centralised,
      directions: [.horizontal],
      trigger: .hybrid,
      technique: .queueing,
      objectives: [.sla, .cost],
      models: [.dependencies, .performance]
    ),
    parameters: [
      .init("model", default: "measured", "measured (variance as observed), mmc or md1"),
      .init("utilization", default: "0.75", "the most of a CPU limit that is planned for"),
      .init("scale-down-window", default: "1m", "how long the highest recommendation counts"),
    ]
  )

  private let model: QueueModel
  private let utilization: Double
  private let behavior: ScalingBehavior
  private let entryPoints: [Application.EntryPoint]
  private let visits: EntryVisits
  private let bounds: OrderedDictionary<ServiceName, ReplicaBounds>
  private var meters: OrderedDictionary<ServiceName, VariabilityMeter> = [:]
  private var histories: OrderedDictionary<ServiceName, ScalingHistory> = [:]

  package init(_ setting: PolicySetting) throws(PolicyError) {
    let parameters = setting.parameters
    model = try parameters.choice("model", default: QueueModel.measured)
    utilization = try parameters.double("utilization", default: 0.75, in: 0.01...0.99)
    behavior = try ScalingBehavior(parameters, scaleDownWindow: .seconds(60))
    entryPoints = setting.application.entryPoints
    visits = EntryVisits(setting.application)
    bounds = setting.application.replicaBounds
  }

  package mutating func decide(on situation: Situation) -> Decision {
    var decision = Decision()
    let allowances = allowances(in: situation)
    for (name, service) in situation.observation.services {
      guard let bounds = bounds[name] else { continue }
      guard let rate = service.signals[.requestRate], let speed = ServiceSpeed(name, in: situation)
      else {
        decision.holds.append(.init(name, because: Reason("its load or speed is not known yet")))
        continue
      }
      measure(name, rate, situation)
      let planned = max(rate.value, situation.prediction.services[name]?.upper ?? 0)
      let plan = plan(name, planned, speed, allowances[name], bounds)
      let current = service.desiredReplicaCount
      let desired = histories[name, default: ScalingHistory()].follow(
        plan.count,
        current: current,
        bounds: bounds.range,
        behavior: behavior,
        at: situation.time
      )
      guard desired != current else { continue }
      decision.actions.append(
        Action(name, replicaCount: desired, because: reason(plan, service, current, desired))
      )
    }
    return decision
  }

  /// How long a request may stay at each service and the quantile at which it may: every service of an entry point may stretch
  /// its time by the same factor, the one that uses up the bound; of several entry points the strictest counts.
  private func allowances(in situation: Situation) -> OrderedDictionary<ServiceName, Allowance> {
    var allowances: OrderedDictionary<ServiceName, Allowance> = [:]
    for entryPoint in entryPoints {
      guard let slo = entryPoint.slo else { continue }
      let services = visits[entryPoint.name]
      let total = services.reduce(0) { sum, visit in
        sum + visit.value * (ServiceSpeed(visit.key, in: situation)?.serviceTime ?? 0)
      }
      guard total > 0 else { continue }
      let allowance = Allowance(stretch: slo.bound.seconds / total, quantile: slo.quantile)
      for name in services.keys where allowance.stretch < allowances[name]?.stretch ?? .infinity {
        allowances[name] = allowance
      }
    }
    return allowances
  }

  private struct Allowance {
    /// Time at a service over time of service.
    var stretch: Double
    var quantile: Double
  }

  private mutating func measure(_ name: ServiceName, _ rate: Signal, _ situation: Situation) {
    guard let usage = situation.observation.services[name]?.signals[.cpuUsage], rate.value > 0
    else { return }
    meters[name, default: VariabilityMeter()].observe(
      requestCount: rate.value * rate.window.seconds,
      timePerRequest: usage.value / 1000 / rate.value
    )
  }

  private struct Plan {
    var count: Int
    var rate: Double
    /// Seconds that a request may wait; nil without a promise, or where the promise is shorter than the work.
    var bound: Double?
    var wait: Double
    var variability: Double
  }

  private func plan(
    _ name: ServiceName,
    _ rate: Double,
    _ speed: ServiceSpeed,
    _ allowance: Allowance?,
    _ bounds: ReplicaBounds
  ) -> Plan {
    let variability = meters[name]?.variability ?? 1
    let bound = allowance.flatMap { $0.stretch > 1 ? ($0.stretch - 1) * speed.serviceTime : nil }
    let quantile = allowance?.quantile ?? 0.95
    var plan = Plan(count: 0, rate: rate, bound: bound, wait: 0, variability: variability)
    for count in max(1, bounds.minimum)...max(1, bounds.range.upperBound) {
      let queue = model.queue(rate: rate, speed, replicas: count, variability: variability)
      plan.count = count
      plan.wait = queue.wait(quantile: quantile)
      if queue.utilization <= utilization, plan.wait <= bound ?? .infinity { break }
    }
    return plan
  }

  private func reason(
    _ plan: Plan,
    _ service: ServiceObservation,
    _ current: Int,
    _ desired: Int
  ) -> Reason {
    let milliseconds = { (seconds: Double) in
      seconds.isFinite ? "\((seconds * 1000).formatted(1)) ms" : "without end"
    }
    var words = "\(plan.rate.formatted(1)) requests/s wait \(milliseconds(plan.wait)) with "
    words += "\(plan.count) replicas"
    if let bound = plan.bound { words += ", \(milliseconds(bound)) allowed" }
    words += ": \(current) → \(desired) replicas"
    var numbers: [Reason.Number] = [
      .init("rate", plan.rate, .requestsPerSecond),
      .init("variability", plan.variability, .ratio),
    ]
    if plan.wait.isFinite { numbers.append(.init("wait", plan.wait, .seconds)) }
    return Reason(words, numbers: numbers, evidence: service.evidence(.requestRate, .cpuUsage))
  }
}
