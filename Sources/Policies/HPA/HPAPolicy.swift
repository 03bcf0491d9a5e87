import Applications
package import Control
import OrderedCollections

/// Kubernetes' Horizontal Pod Autoscaler, autoscaling/v2, on CPU utilisation with its defaults.
///
/// `replicas = ceil(current · observed / target)` every 15 s, with tolerance, rules for replicas that are not ready
/// or not measured, stabilisation and rate limits.
package struct HPAPolicy: Policy {
  package static let descriptor = PolicyDescriptor(
    name: "hpa",
    summary: "Kubernetes' Horizontal Pod Autoscaler on CPU utilisation.",
    interval: .seconds(15),
    place: Taxonomy(
      directions: [.horizontal],
      trigger: .reactive,
      technique: .rule,
      objectives: [.resourceEfficiency]
    ),
    parameters: [
      .init("target", default: "0.8", "CPU use over CPU request to hold"),
      .init("targets", default: "none", "other targets of single services, as front:0.6/cart:0.75"),
      .init("tolerance", default: "0.1", "no change while use over target is this close to 1"),
      .init("scale-down-window", default: "5m", "how long the highest recommendation counts"),
      .init("cpu-initialization-period", default: "5m", "when young replicas' samples are doubted"),
      .init("initial-readiness-delay", default: "30s", "how late a replica may first become ready"),
    ]
  )

  private let calculator: ReplicaCalculator
  /// In per cent, of services that have another than the common one.
  private let targets: [ServiceName: Int]
  private let behavior: ScalingBehavior
  private let bounds: OrderedDictionary<ServiceName, ReplicaBounds>
  private var histories: OrderedDictionary<ServiceName, ScalingHistory> = [:]

  package init(_ setting: PolicySetting) throws(PolicyError) {
    let parameters = setting.parameters
    calculator = ReplicaCalculator(
      targetUtilization: Int(
        (try parameters.double("target", default: 0.8, in: 0.01...10) * 100).rounded()
      ),
      tolerance: try parameters.double("tolerance", default: 0.1, in: 0...1),
      cpuInitializationPeriod: try parameters.duration(
        "cpu-initialization-period",
        default: .seconds(300)
      ),
      initialReadinessDelay: try parameters.duration(
        "initial-readiness-delay",
        default: .seconds(30)
      )
    )
    targets = try ServiceTargets(
      parsing: parameters.text("targets") ?? "",
      of: setting.application
    ).percentages
    behavior = try ScalingBehavior(parameters)
    bounds = setting.application.replicaBounds
  }

  package mutating func decide(on situation: Situation) -> Decision {
    var decision = Decision()
    for (name, service) in situation.observation.services {
      guard let bounds = bounds[name], service.desiredReplicaCount > 0 else { continue }
      decide(on: service, name, bounds.range, at: situation.time, into: &decision)
    }
    return decision
  }

  private mutating func decide(
    on service: ServiceObservation,
    _ name: ServiceName,
    _ bounds: ClosedRange<Int>,
    at now: Duration,
    into decision: inout Decision
  ) {
    let current = service.desiredReplicaCount
    histories[name, default: ScalingHistory()].observe(current: current)
    guard bounds.contains(current) else {
      let target = min(max(current, bounds.lowerBound), bounds.upperBound)
      let words = "\(current) replicas are outside \(bounds.lowerBound) to \(bounds.upperBound)"
      decision.actions.append(Action(name, replicaCount: target, because: Reason(words)))
      return
    }
    var calculator = calculator
    calculator.targetUtilization = targets[name] ?? calculator.targetUtilization
    guard case .replicas(let wanted, let utilization) = calculator.recommend(service, at: now)
    else {
      decision.holds.append(.init(name, because: Reason("no replica that counts has a CPU sample")))
      return
    }
    let desired = histories[name, default: ScalingHistory()].settle(
      wanted,
      current: current,
      bounds: bounds,
      behavior: behavior,
      at: now
    )
    let reason = reason(
      service,
      utilization: utilization,
      target: calculator.targetUtilization,
      wanted: wanted,
      desired: desired
    )
    decision.scale(name, from: current, to: desired, wanted: wanted, because: reason)
  }

  private func reason(
    _ service: ServiceObservation,
    utilization: Int,
    target: Int,
    wanted: Int,
    desired: Int
  ) -> Reason {
    let current = service.desiredReplicaCount
    var words = "CPU at \(utilization) % of the request, target \(target) %: "
    words += "\(current) → \(wanted) replicas"
    words += ScalingBehavior.limitation(of: wanted, to: desired)
    return Reason(
      words,
      numbers: [
        .init("utilization", Double(utilization) / 100, .ratio),
        .init("target", Double(target) / 100, .ratio),
        .init("recommendation", Double(wanted), .replicas),
      ],
      evidence: service.evidence(.cpuUsage)
    )
  }
}
