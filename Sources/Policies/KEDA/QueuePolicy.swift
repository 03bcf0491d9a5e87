import Applications
package import Control
import OrderedCollections

/// A queue-length rule after KEDA: an external metric's average value per replica, scaled by the HPA's rules.
package struct QueuePolicy: Policy {
  package static let descriptor = PolicyDescriptor(
    name: "keda",
    summary: "A queue-length rule after KEDA: requests inside the service per replica.",
    interval: .seconds(15),
    place: Taxonomy(
      directions: [.horizontal],
      trigger: .reactive,
      technique: .rule,
      objectives: [.sla, .resourceEfficiency],
      models: [.workload]
    ),
    parameters: [
      .init("threshold", default: "20", "requests inside the service for each replica"),
      .init("activation-threshold", default: "0", "requests that wake a service that sleeps"),
      .init("cooldown", default: "5m", "calm before a service is put to sleep"),
      .init("tolerance", default: "0.1", "no change while the quotient is this close to 1"),
      .init("scale-down-window", default: "5m", "how long the highest recommendation counts"),
    ]
  )

  private let threshold: Double
  private let activationThreshold: Double
  private let cooldown: Duration
  private let tolerance: Double
  private let behavior: ScalingBehavior
  private let bounds: OrderedDictionary<ServiceName, ReplicaBounds>
  private var histories: OrderedDictionary<ServiceName, ScalingHistory> = [:]
  /// When the trigger was last active.
  private var activeAt: OrderedDictionary<ServiceName, Duration> = [:]

  package init(_ setting: PolicySetting) throws(PolicyError) {
    let parameters = setting.parameters
    threshold = try parameters.double("threshold", default: 20, in: 0.01...1e9)
    activationThreshold = try parameters.double("activation-threshold", default: 0, in: 0...1e9)
    cooldown = try parameters.duration("cooldown", default: .seconds(300))
    tolerance = try parameters.double("tolerance", default: 0.1, in: 0...1)
    behavior = try ScalingBehavior(parameters)
    bounds = setting.application.replicaBounds
  }

  package mutating func decide(on situation: Situation) -> Decision {
    var decision = Decision()
    for (name, service) in situation.observation.services {
      guard let bounds = bounds[name] else { continue }
      guard let backlog = service.backlog else {
        decision.holds.append(.init(name, because: Reason("the length of the queue is not known")))
        continue
      }
      let current = service.desiredReplicaCount
      let desired = desiredCount(name, backlog, current: current, bounds, at: situation.time)
      guard desired != current else { continue }
      let words =
        "\(backlog.formatted(1)) requests inside, \(threshold.formatted(1)) a replica: "
        + "\(current) → \(desired) replicas"
      let reason = Reason(
        words,
        numbers: [
          .init("backlog", backlog, .requests), .init("threshold", threshold, .requests),
        ],
        evidence: service.evidence(.concurrency, .queueLength)
      )
      decision.actions.append(Action(name, replicaCount: desired, because: reason))
    }
    return decision
  }

  /// KEDA itself moves between none and one; from there on the HPA's rules do.
  private mutating func desiredCount(
    _ name: ServiceName,
    _ backlog: Double,
    current: Int,
    _ bounds: ReplicaBounds,
    at now: Duration
  ) -> Int {
    histories[name, default: ScalingHistory()].observe(current: current)
    let isActive = backlog > activationThreshold
    if isActive || activeAt[name] == nil { activeAt[name] = now }
    if current == 0 { return isActive ? max(1, bounds.minimum) : 0 }
    if bounds.minimum == 0, !isActive, let latest = activeAt[name], now - latest >= cooldown {
      return 0
    }
    let ratio = backlog / (threshold * Double(current))
    let isWithin = (1 - tolerance...1 + tolerance).contains(ratio)
    let wanted = isWithin ? current : Int((backlog / threshold).rounded(.up))
    return histories[name, default: ScalingHistory()].settle(
      wanted,
      current: current,
      bounds: max(1, bounds.minimum)...max(1, bounds.range.upperBound),
      behavior: behavior,
      at: now
    )
  }
}
