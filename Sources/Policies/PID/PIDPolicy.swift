import Applications
package import Control
import OrderedCollections

/// A PID controller for each service that holds CPU utilisation at a set point.
///
/// The error is `use / (ready replicas · request) / target − 1`; the output changes by shares of itself, so one set of
/// gains serves small and large services alike.
package struct PIDPolicy: Policy {
  package static let descriptor = PolicyDescriptor(
    name: "pid",
    summary: "A PID controller for each service that holds CPU utilisation at a set point.",
    interval: .seconds(5),
    place: Taxonomy(
      directions: [.horizontal],
      trigger: .reactive,
      technique: .controlTheory,
      objectives: [.resourceEfficiency]
    ),
    parameters: [
      .init("target", default: "0.6", "CPU use over CPU request to hold"),
      .init("proportional", default: "0.5", "gain on the change of the error"),
      .init("integral", default: "0.02", "gain on the error, per second"),
      .init("derivative", default: "0", "gain on the curvature of the error, in seconds"),
      .init("dead-band", default: "0.55", "how far the output leaves a count before it moves"),
    ]
  )

  private struct Loop {
    var controller: PIDController
    /// The number of replicas that the controller wants, as a real number.
    var output: Double?
    var latest: Duration?
  }

  private let target: Double
  private let deadBand: Double
  private let gains: PIDController.Gains
  private let bounds: OrderedDictionary<ServiceName, ReplicaBounds>
  private var loops: OrderedDictionary<ServiceName, Loop> = [:]

  package init(_ setting: PolicySetting) throws(PolicyError) {
    let parameters = setting.parameters
    target = try parameters.double("target", default: 0.6, in: 0.01...10)
    deadBand = try parameters.double("dead-band", default: 0.55, in: 0.5...10)
    gains = PIDController.Gains(
      proportional: try parameters.double("proportional", default: 0.5, in: 0...100),
      integral: try parameters.double("integral", default: 0.02, in: 0...100),
      derivative: try parameters.double("derivative", default: 0, in: 0...100)
    )
    bounds = setting.application.replicaBounds
  }

  package mutating func decide(on situation: Situation) -> Decision {
    var decision = Decision()
    for (name, service) in situation.observation.services {
      guard let bounds = bounds[name], let error = error(of: service) else { continue }
      let current = service.desiredReplicaCount
      let desired = desiredCount(name, error, service, bounds, at: situation.time)
      guard desired != current else { continue }
      let utilization = (error + 1) * target
      let reason = Reason(
        "CPU at \((utilization * 100).formatted(0)) % of the request, set point "
          + "\((target * 100).formatted(0)) %: \(current) → \(desired) replicas",
        numbers: [
          .init("utilization", utilization, .ratio), .init("target", target, .ratio),
          .init("output", loops[name]?.output ?? 0, .replicas),
        ],
        evidence: service.evidence(.cpuUsage)
      )
      decision.actions.append(Action(name, replicaCount: desired, because: reason))
    }
    return decision
  }

  private func error(of service: ServiceObservation) -> Double? {
    let capacity = service.resources.requests.cpu.count * service.readyReplicaCount
    guard capacity > 0, let usage = service.signals[.cpuUsage] else { return nil }
    return usage.value / Double(capacity) / target - 1
  }

  private mutating func desiredCount(
    _ name: ServiceName,
    _ error: Double,
    _ service: ServiceObservation,
    _ bounds: ReplicaBounds,
    at now: Duration
  ) -> Int {
    let current = service.desiredReplicaCount
    var loop = loops[name] ?? Loop(controller: PIDController(gains))
    defer { loops[name] = loop }
    let interval =
      loop.latest.map { (now - $0) / .seconds(1) } ?? Self.descriptor.interval / .seconds(1)
    guard interval > 0 else { return current }
    loop.latest = now
    // Replicas that start are in the output but not in the error: integrating on would overshoot.
    let isSettling = service.readyReplicaCount < current && error > 0
    let change = isSettling ? 0 : loop.controller.step(error: error, interval: interval)
    let range = bounds.range
    let wanted = (loop.output ?? Double(current)) * max(0.1, 1 + change)
    let output = min(max(wanted, Double(range.lowerBound)), Double(range.upperBound))
    loop.output = output
    return abs(output - Double(current)) > deadBand ? bounds.clamp(Int(output.rounded())) : current
  }
}
