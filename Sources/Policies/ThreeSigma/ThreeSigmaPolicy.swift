import Applications
package import Control
import Glibc
import OrderedCollections

/// Sizes each service for its mean use and three standard deviations: resized live, and replicas where no size will do.
package struct ThreeSigmaPolicy: Policy {
  package static let descriptor = PolicyDescriptor(
    name: "three-sigma",
    summary: "Sizes for mean use and three standard deviations, by size first, then by replicas.",
    interval: .seconds(5),
    place: Taxonomy(
      directions: [.vertical, .horizontal],
      trigger: .reactive,
      technique: .controlTheory,
      objectives: [.resourceEfficiency, .sla],
      models: [.workload]
    ),
    parameters: [
      .init("sigmas", default: "3", "standard deviations of use above its mean"),
      .init("window", default: "2m", "how long a reading of use counts"),
      .init("throttled", default: "0.1", "the share of throttled periods to hold"),
      .init("smallest", default: "0.4", "the least size, as a part of the size in the document"),
      .init("largest", default: "2", "the largest size, as a multiple of it"),
    ]
  )

  /// Sizes are multiples of this many cores; smaller changes than a sixth are not worth a resize (SHOWAR's 15 %).
  private static let step = 0.1
  private static let leastChange = 0.15
  /// Gain on the excess of throttling, per second, and how much it may add to the need.
  private static let gain = 0.1
  private static let headroomRange = 1.0...3.0

  fileprivate struct Plan: Sendable {
    var declared: Resources
    var bounds: ReplicaBounds
    var window: UsageWindow
    /// What throttling adds to the need, as a factor.
    var headroom = 1.0
  }

  private let sigmas: Double
  private let throttledTarget: Double
  private let sizes: ClosedRange<Double>
  private var plans: OrderedDictionary<ServiceName, Plan>

  package init(_ setting: PolicySetting) throws(PolicyError) {
    let parameters = setting.parameters
    sigmas = try parameters.double("sigmas", default: 3, in: 0...10)
    throttledTarget = try parameters.double("throttled", default: 0.1, in: 0...1)
    let smallest = try parameters.double("smallest", default: 0.4, in: 0.01...1)
    sizes = smallest...(try parameters.double("largest", default: 2, in: 1...100))
    let window = try parameters.duration("window", default: .seconds(120))
    plans = OrderedDictionary(
      setting.application.services.map {
        let plan = Plan(
          declared: $0.resources,
          bounds: $0.replicas,
          window: UsageWindow(length: window)
        )
        return ($0.name, plan)
      },
      uniquingKeysWith: { first, _ in first }
    )
  }

  package mutating func decide(on situation: Situation) -> Decision {
    var decision = Decision()
    for (name, service) in situation.observation.services {
      guard let usage = service.signals[.cpuUsage], service.readyReplicaCount > 0,
        service.desiredReplicaCount > 0
      else { continue }
      plans[name]?.observe(
        cores: usage.value / 1000,
        throttled: (service.signals[.cpuThrottled]?.value ?? 0) - throttledTarget,
        gain: Self.gain * Self.descriptor.interval.seconds,
        range: Self.headroomRange,
        at: situation.time
      )
      guard let plan = plans[name], let action = action(name, service, plan) else { continue }
      decision.actions.append(action)
    }
    return decision
  }

  private func action(_ name: ServiceName, _ service: ServiceObservation, _ plan: Plan) -> Action? {
    let unit = plan.declared.limits.cpu.cores
    guard unit > 0 else { return nil }
    let need = plan.headroom * plan.window.need(sigmas: sigmas)
    let shape = ReplicaShape(
      holding: need,
      from: service.desiredReplicaCount,
      sizes: (sizes.lowerBound * unit)...(sizes.upperBound * unit),
      counts: plan.bounds.range,
      step: Self.step
    )
    let current = service.resources.limits.cpu.cores
    let isResized = abs(shape.cores / current - 1) > Self.leastChange
    let isScaled = shape.count != service.desiredReplicaCount
    guard isResized || isScaled else { return nil }
    return Action(
      name,
      replicaCount: isScaled ? shape.count : nil,
      resources: isResized ? plan.declared.limited(toCores: shape.cores) : nil,
      because: reason(service, plan, need: need, shape)
    )
  }

  private func reason(
    _ service: ServiceObservation,
    _ plan: Plan,
    need: Double,
    _ shape: ReplicaShape
  ) -> Reason {
    let (mean, deviation) = (plan.window.mean, plan.window.standardDeviation)
    var words = "use of \(mean.formatted(2)) ± \(deviation.formatted(2)) cores asks for "
    words += "\(need.formatted(2))"
    if plan.headroom > 1 { words += ", \(plan.headroom.formatted(2)) times more for throttling" }
    words += ": \(service.desiredReplicaCount) × \(service.resources.limits.cpu) → "
    words += "\(shape.count) × \((shape.cores * 1000).formatted(0))m CPU"
    return Reason(
      words,
      numbers: [
        .init("mean", mean * 1000, .millicores), .init("deviation", deviation * 1000, .millicores),
        .init("headroom", plan.headroom, .ratio), .init("need", need * 1000, .millicores),
      ],
      evidence: service.evidence(.cpuUsage, .cpuThrottled)
    )
  }
}

extension ThreeSigmaPolicy.Plan {
  /// Use under a quota is not need: what throttling exceeds its target raises the headroom, what it falls short lowers it.
  fileprivate mutating func observe(
    cores: Double,
    throttled excess: Double,
    gain: Double,
    range: ClosedRange<Double>,
    at now: Duration
  ) {
    window.add(cores: cores, at: now)
    headroom = min(max(headroom * exp(gain * excess), range.lowerBound), range.upperBound)
  }
}
