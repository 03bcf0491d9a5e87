import Applications
package import Control
import OrderedCollections

/// Feed-forward from the load that enters, feedback from the latency that leaves.
///
/// Every service gets the replicas that the load at the entry points will ask of it, before its own queue tells; how full they
/// are planned is trimmed by a PI controller on the worst latency over its bound.
package struct FeedForwardPolicy: Policy {
  package static let descriptor = PolicyDescriptor(
    name: "feedforward",
    summary: "Feed-forward from the load that enters, feedback from latency over bound.",
    interval: .seconds(15),
    place: Taxonomy(
      controller: .centralised,
      directions: [.horizontal],
      trigger: .hybrid,
      technique: .controlTheory,
      objectives: [.sla, .resourceEfficiency],
      models: [.dependencies, .performance]
    ),
    parameters: [
      .init("set-point", default: "0.7", "latency over bound to hold at the worst entry point"),
      .init("utilization", default: "0.6", "CPU use over CPU limit to begin with"),
      .init("proportional", default: "0.1", "gain on the change of the error"),
      .init("integral", default: "0.003", "gain on the error, per second"),
      .init("scale-down-window", default: "1m", "how long the highest recommendation counts"),
    ]
  )

  private static let utilizationRange = 0.2...0.85

  private let entryPoints: [Application.EntryPoint]
  private let visits: EntryVisits
  private let behavior: ScalingBehavior
  private let bounds: OrderedDictionary<ServiceName, ReplicaBounds>
  private var trim: UtilizationTrim
  private var latest: Duration?
  private var histories: OrderedDictionary<ServiceName, ScalingHistory> = [:]

  package init(_ setting: PolicySetting) throws(PolicyError) {
    let parameters = setting.parameters
    entryPoints = setting.application.entryPoints
    visits = EntryVisits(setting.application)
    behavior = try ScalingBehavior(parameters, scaleDownWindow: .seconds(60))
    bounds = setting.application.replicaBounds
    trim = UtilizationTrim(
      setPoint: try parameters.double("set-point", default: 0.7, in: 0.01...1),
      range: Self.utilizationRange,
      start: try parameters.double("utilization", default: 0.6, in: Self.utilizationRange),
      gains: PIDController.Gains(
        proportional: try parameters.double("proportional", default: 0.1, in: 0...10),
        integral: try parameters.double("integral", default: 0.003, in: 0...10),
        derivative: 0
      )
    )
  }

  package mutating func decide(on situation: Situation) -> Decision {
    let observation = situation.observation
    let strain = Strain.worst(of: entryPoints, in: observation)
    adjust(to: strain, in: observation)
    let entering = visits.rates(in: observation) ?? [:]
    var decision = Decision()
    for (name, service) in observation.services {
      guard let bounds = bounds[name] else { continue }
      guard let speed = ServiceSpeed(name, in: situation),
        let own = service.signals[.requestRate]?.value
      else {
        decision.holds.append(.init(name, because: Reason("its load or speed is not known yet")))
        continue
      }
      let rate = max(entering[name] ?? 0, own, situation.prediction.services[name]?.upper ?? 0)
      let wanted = Int((rate * speed.busySeconds / trim.utilization).rounded(.up))
      let current = service.desiredReplicaCount
      let desired = histories[name, default: ScalingHistory()].follow(
        bounds.clamp(wanted),
        current: current,
        bounds: bounds.range,
        behavior: behavior,
        at: situation.time
      )
      guard desired != current else { continue }
      let reason = reason(service, rate, speed, strain, desired)
      decision.actions.append(Action(name, replicaCount: desired, because: reason))
    }
    return decision
  }

  /// Waits while replicas start: their latency is not theirs yet.
  private mutating func adjust(to strain: Strain?, in observation: Observation) {
    let usual = Self.descriptor.interval
    let interval = (latest.map { observation.time - $0 } ?? usual).seconds
    latest = observation.time
    guard let strain, interval > 0, !observation.isSettling else { return }
    trim.observe(strain: strain.ratio, interval: interval)
  }

  private func reason(
    _ service: ServiceObservation,
    _ rate: Double,
    _ speed: ServiceSpeed,
    _ strain: Strain?,
    _ desired: Int
  ) -> Reason {
    var words = "\(rate.formatted(1)) requests/s of \((speed.busySeconds * 1000).formatted(2)) ms, "
    words += "planned at \((trim.utilization * 100).formatted(0)) % of the limit"
    if let strain {
      words += " as \(strain.entryPoint) is at \((strain.ratio * 100).formatted(0)) % of its bound"
    }
    words += ": \(service.desiredReplicaCount) → \(desired) replicas"
    return Reason(
      words,
      numbers: [
        .init("rate", rate, .requestsPerSecond), .init("busy", speed.busySeconds, .seconds),
        .init("utilization", trim.utilization, .ratio),
      ],
      evidence: service.evidence(.requestRate, .cpuUsage)
    )
  }
}
