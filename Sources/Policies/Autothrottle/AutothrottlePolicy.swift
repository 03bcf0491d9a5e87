import Applications
package import Control
import OrderedCollections

/// Two levels: a bandit sets how much throttling each group of services may suffer, a controller in each service holds it.
package struct AutothrottlePolicy: Policy {
  package static let descriptor = PolicyDescriptor(
    name: "autothrottle",
    summary: "CPU quotas by throttling: a bandit sets targets, local controllers hold them.",
    interval: .seconds(2),
    place: Taxonomy(
      controller: .hierarchical,
      directions: [.vertical],
      trigger: .reactive,
      technique: .bandit,
      objectives: [.resourceEfficiency, .sla],
      models: [.performance]
    ),
    parameters: [
      .init("exploration", default: "0.1", "how often a neighbour of the best choice is tried"),
      .init("largest", default: "4", "the most cores that one replica may get"),
    ]
  )

  /// How long a choice of targets is judged.
  private static let minute = Duration.seconds(60)
  private static let leastCores = 0.05

  private let entryPoints: [Application.EntryPoint]
  private let resources: OrderedDictionary<ServiceName, Resources>
  private let largest: Double
  private var tower: Tower
  private var captains: OrderedDictionary<ServiceName, Captain> = [:]
  private var groups: ServiceGroups?
  private var minute = Minute()

  /// What the minute under way was like so far.
  private struct Minute: Sendable {
    var beganAt: Duration?
    var loads: [Double] = []
    var allocations: [Double] = []
    var strains: [Double] = []
    var usages: OrderedDictionary<ServiceName, Double> = [:]
  }

  package init(_ setting: PolicySetting) throws(PolicyError) {
    largest = try setting.parameters.double("largest", default: 4, in: 0.1...1024)
    tower = Tower(
      exploration: try setting.parameters.double("exploration", default: 0.1, in: 0...1),
      seed: setting.seed
    )
    entryPoints = setting.application.entryPoints
    resources = OrderedDictionary(
      setting.application.services.map { ($0.name, $0.resources) },
      uniquingKeysWith: { first, _ in first }
    )
  }

  package mutating func decide(on situation: Situation) -> Decision {
    let observation = situation.observation
    note(observation)
    if let beganAt = minute.beganAt, situation.time - beganAt >= Self.minute {
      turn(situation.time)
    }
    var decision = Decision()
    for (name, service) in observation.services {
      guard let action = resize(name, service) else { continue }
      decision.actions.append(action)
    }
    return decision
  }

  // MARK: The global level, each minute

  private mutating func note(_ observation: Observation) {
    if minute.beganAt == nil { minute.beganAt = observation.time }
    let rates = entryPoints.compactMap { observation.entryPoints[$0.name]?[.requestRate]?.value }
    if !rates.isEmpty { minute.loads.append(rates.reduce(0, +)) }
    let worst = entryPoints.compactMap { entryPoint -> Double? in
      guard let slo = entryPoint.slo,
        let latency = observation.entryPoints[entryPoint.name]?[.latencyAtSLO]
      else { return nil }
      return latency.value / slo.bound.seconds
    }
    if let strain = worst.max() { minute.strains.append(strain) }
    minute.allocations.append(
      observation.services.values.reduce(0) { sum, service in
        sum + service.resources.limits.cpu.cores * Double(service.desiredReplicaCount)
      }
    )
    for (name, service) in observation.services {
      minute.usages[name, default: 0] += service.signals[.cpuUsage]?.value ?? 0
    }
  }

  /// Ends a minute: learn from it, choose for the next.
  private mutating func turn(_ now: Duration) {
    if groups == nil { groups = ServiceGroups(minute.usages) }
    // The latency at the end covers the minute, where the promise's window is one.
    if let load = minute.loads.mean, let strain = minute.strains.last,
      let allocation = minute.allocations.mean
    {
      tower.learn(load: load, strain: strain, allocation: allocation)
      tower.choose(for: load)
    }
    minute = Minute(beganAt: now)
  }

  private func target(of name: ServiceName) -> Double {
    let isHeavy = groups?.heavy.contains(name) ?? true
    return Tower.ladder[isHeavy ? tower.choice.heavy : tower.choice.light]
  }

  // MARK: The local level

  private mutating func resize(_ name: ServiceName, _ service: ServiceObservation) -> Action? {
    guard let declared = resources[name], service.readyReplicaCount > 0,
      let usage = service.signals[.cpuUsage]
    else { return nil }
    let current = service.resources.limits.cpu.cores
    var captain =
      captains[name]
      ?? Captain(
        quota: current,
        target: target(of: name),
        range: Self.leastCores...max(Self.leastCores, largest)
      )
    captain.target = target(of: name)
    // Without a period in which something ran there was none to throttle.
    let throttled = service.signals[.cpuThrottled]?.value ?? 0
    captain.observe(
      throttled: throttled,
      usage: usage.value / 1000 / Double(service.readyReplicaCount)
    )
    captains[name] = captain
    let resized = declared.limited(toCores: captain.quota)
    guard resized.limits.cpu != service.resources.limits.cpu else { return nil }
    return Action(
      name,
      resources: resized,
      because: Reason(
        "throttled in \((throttled * 100).formatted(1)) % of the periods, "
          + "\((captain.target * 100).formatted(0)) % targeted: "
          + "\(service.resources.limits.cpu) → \(resized.limits.cpu) CPU a replica",
        numbers: [
          .init("throttled", throttled, .ratio), .init("target", captain.target, .ratio),
          .init("margin", captain.margin, .ratio),
        ],
        evidence: service.evidence(.cpuThrottled, .cpuUsage)
      )
    )
  }
}
