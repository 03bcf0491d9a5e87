import Applications
package import Control
import OrderedCollections

/// Knows the load to come: the bound that no honest policy can beat by forecasting better.
package struct OraclePolicy: Policy {
  package static let descriptor = PolicyDescriptor(
    name: "oracle",
    summary: "Knows the load to come and has every replica ready when it is needed.",
    interval: .seconds(5),
    place: Taxonomy(
      controller: .centralised,
      directions: [.horizontal],
      trigger: .proactive,
      technique: .foresight,
      objectives: [.sla, .cost],
      models: [.dependencies, .performance, .workload]
    ),
    parameters: [
      .init("utilization", default: "0.7", "the share of the capacity that the highest load uses")
    ]
  )

  private struct Plan {
    var bounds: ReplicaBounds
    /// Seconds of one replica per request to the application.
    var demand: Double
  }

  private let foresight: LoadForesight
  private let utilization: Double
  private let plans: OrderedDictionary<ServiceName, Plan>

  package init(_ setting: PolicySetting) throws(PolicyError) {
    guard let foresight = setting.foresight else {
      throw .needsForesight(policy: Self.descriptor.name)
    }
    self.foresight = foresight
    utilization = try setting.parameters.double("utilization", default: 0.7, in: 0.01...1)
    let demand = ServiceDemand(setting.application)
    plans = OrderedDictionary(
      setting.application.services.map {
        ($0.name, Plan(bounds: $0.replicas, demand: demand.seconds[$0.name] ?? 0))
      },
      uniquingKeysWith: { first, _ in first }
    )
  }

  package func decide(on situation: Situation) -> Decision {
    var decision = Decision()
    for (name, service) in situation.observation.services {
      guard let plan = plans[name] else { continue }
      let current = service.desiredReplicaCount
      let startup = situation.profile.services[name]?.startupTime ?? .zero
      // What is ordered now must last until what is ordered at the next tick is ready.
      let horizon = startup + Self.descriptor.interval * 2
      let peak = foresight.peak(from: situation.time, through: situation.time + horizon)
      let needed = Int((peak * plan.demand / utilization).rounded(.up))
      let desired = plan.bounds.clamp(needed)
      guard desired != current else { continue }
      let reason = Reason(
        "at most \(peak.formatted(1)) requests/s within \(horizon.quantity), "
          + "\((plan.demand * 1000).formatted(2)) ms of a replica each: \(current) → \(desired) replicas",
        numbers: [
          .init("peak", peak, .requestsPerSecond), .init("demand", plan.demand, .seconds),
        ]
      )
      decision.actions.append(Action(name, replicaCount: desired, because: reason))
    }
    return decision
  }
}
