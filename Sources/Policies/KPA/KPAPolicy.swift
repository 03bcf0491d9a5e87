import Applications
package import Control
import OrderedCollections

/// Knative's Pod Autoscaler on concurrency, with its defaults.
///
/// Every 2 s `replicas = ceil(average concurrency / (target · 0.7))` over a stable window of 60 s and a panic window of
/// 6 s; from twice the capacity on, the larger answer rules and nothing shrinks until 60 s of calm.
package struct KPAPolicy: Policy {
  package static let descriptor = PolicyDescriptor(
    name: "kpa",
    summary: "Knative's Pod Autoscaler on concurrency, with its panic mode.",
    interval: .seconds(2),
    place: Taxonomy(
      directions: [.horizontal],
      trigger: .reactive,
      technique: .rule,
      objectives: [.resourceEfficiency, .sla]
    ),
    parameters: [
      .init("target", default: "the service's", "requests that one replica works on at once"),
      .init("target-utilization", default: "0.7", "the share of the target to hold"),
      .init("stable-window", default: "60s", "the window of the normal answer"),
      .init("panic-window-share", default: "0.1", "the panic window over the stable window"),
      .init("panic-threshold", default: "2", "demand over capacity that starts panic"),
      .init("max-scale-up-rate", default: "1000", "most growth in one step"),
      .init("max-scale-down-rate", default: "2", "most shrinking in one step"),
    ]
  )

  fileprivate struct Scaler {
    var bounds: ReplicaBounds
    var scaler: PanicScaler
    var stable: AverageWindow
    var panic: AverageWindow
  }

  private var scalers: OrderedDictionary<ServiceName, Scaler> = [:]

  package init(_ setting: PolicySetting) throws(PolicyError) {
    let parameters = setting.parameters
    let window = try parameters.duration("stable-window", default: .seconds(60))
    let share = try parameters.double("panic-window-share", default: 0.1, in: 0.01...1)
    let utilization = try parameters.double("target-utilization", default: 0.7, in: 0.01...1)
    let threshold = try parameters.double("panic-threshold", default: 2, in: 1.1...10)
    let upRate = try parameters.double("max-scale-up-rate", default: 1000, in: 1.001...1e6)
    let downRate = try parameters.double("max-scale-down-rate", default: 2, in: 1.001...1e6)
    for service in setting.application.services {
      let target = try parameters.double(
        "target",
        default: Double(service.concurrency),
        in: 0.01...1e6
      )
      let configuration = PanicScaler.Configuration(
        target: target * utilization,
        stableWindow: window,
        panicThreshold: threshold,
        maximumScaleUpRate: upRate,
        maximumScaleDownRate: downRate
      )
      scalers[service.name] = Scaler(
        bounds: service.replicas,
        scaler: PanicScaler(configuration),
        stable: AverageWindow(window),
        panic: AverageWindow(window * share)
      )
    }
  }

  package mutating func decide(on situation: Situation) -> Decision {
    var decision = Decision()
    for (name, service) in situation.observation.services {
      guard var scaler = scalers[name] else { continue }
      defer { scalers[name] = scaler }
      guard let desired = scaler.desiredCount(service, at: situation.time) else {
        decision.holds.append(.init(name, because: Reason("the concurrency is not known")))
        continue
      }
      guard desired != service.desiredReplicaCount else { continue }
      let reason = scaler.reason(service, desired: desired)
      decision.actions.append(Action(name, replicaCount: desired, because: reason))
    }
    return decision
  }
}

extension KPAPolicy.Scaler {
  /// Nil while no sample has come.
  fileprivate mutating func desiredCount(
    _ service: ServiceObservation,
    at now: Duration
  ) -> Int? {
    if let backlog = service.backlog, let signal = service.signals[.concurrency] {
      stable.add(backlog, over: signal.window, endingAt: now - signal.age)
      panic.add(backlog, over: signal.window, endingAt: now - signal.age)
    }
    guard let stable = stable.average, let panic = panic.average else { return nil }
    return bounds.clamp(
      scaler.desiredCount(
        stable: stable,
        panic: panic,
        readyCount: service.readyReplicaCount,
        at: now
      )
    )
  }

  fileprivate func reason(_ service: ServiceObservation, desired: Int) -> Reason {
    let isPanic = scaler.panicTime != nil
    let concurrency = (isPanic ? panic.average : stable.average) ?? 0
    let words =
      "\(isPanic ? "panic" : "stable") concurrency \(concurrency.formatted(1)), "
      + "\(scaler.configuration.target.formatted(1)) a replica: "
      + "\(service.desiredReplicaCount) → \(desired) replicas"
    return Reason(
      words,
      numbers: [
        .init("concurrency", concurrency, .requests),
        .init("target", scaler.configuration.target, .requests),
      ],
      evidence: service.evidence(.concurrency, .queueLength)
    )
  }
}
