import Applications
package import Control
import OrderedCollections

/// Kubernetes' Vertical Pod Autoscaler: recommender and updater with their defaults, resizing in place.
package struct VPAPolicy: Policy {
  package static let descriptor = PolicyDescriptor(
    name: "vpa",
    summary: "Kubernetes' Vertical Pod Autoscaler, resizing in place.",
    interval: .seconds(60),
    place: Taxonomy(
      resources: [.cpu, .memory],
      directions: [.vertical],
      trigger: .reactive,
      technique: .rule,
      objectives: [.resourceEfficiency],
      models: [.workload]
    ),
    parameters: [
      .init("resize-lifetime", default: "12h", "how long a size inside its bounds is left alone"),
      .init("minimum-change", default: "0.1", "the least change of a size inside its bounds"),
    ]
  )

  private let resizeLifetime: Duration
  private let minimumChange: Double
  private var recommenders: OrderedDictionary<ServiceName, UsageRecommender> = [:]
  /// When each service got its size.
  private var sizedAt: OrderedDictionary<ServiceName, Duration> = [:]

  package init(_ setting: PolicySetting) throws(PolicyError) {
    let parameters = setting.parameters
    resizeLifetime = try parameters.duration("resize-lifetime", default: .seconds(43_200))
    minimumChange = try parameters.double("minimum-change", default: 0.1, in: 0...10)
    for service in setting.application.services {
      recommenders[service.name] = UsageRecommender()
    }
  }

  package mutating func decide(on situation: Situation) -> Decision {
    var decision = Decision()
    for (name, service) in situation.observation.services {
      guard recommenders[name] != nil else { continue }
      recommenders[name]?.learn(service, at: situation.time)
      guard let recommender = recommenders[name],
        let action = update(service, name, recommender, at: situation.time)
      else { continue }
      sizedAt[name] = situation.time
      decision.actions.append(action)
    }
    return decision
  }

  /// The updater: a size outside its bounds changes at once, one inside only when it is old and far off.
  private func update(
    _ service: ServiceObservation,
    _ name: ServiceName,
    _ recommender: UsageRecommender,
    at now: Duration
  ) -> Action? {
    guard let cores = recommender.cores else { return nil }
    let current = service.resources.requests
    let bytes = recommender.bytes
    let isOutside =
      cores.excludes(current.cpu.cores) || bytes?.excludes(Double(current.memory.bytes)) ?? false
    let change =
      cores.change(from: current.cpu.cores)
      + (bytes?.change(from: Double(current.memory.bytes)) ?? 0)
    let age = now - (sizedAt[name] ?? .zero)
    guard isOutside || (age >= resizeLifetime && change >= minimumChange) else { return nil }
    let target = ResourceAmount(
      cpu: Millicores(Int((cores.target * 1000).rounded(.up))),
      memory: bytes.map { ByteCount(Int($0.target.rounded(.up))) } ?? current.memory
    )
    guard target != current else { return nil }
    return Action(
      name,
      resources: service.resources.scaled(toRequest: target),
      because: reason(service, cores, target)
    )
  }

  private func reason(
    _ service: ServiceObservation,
    _ cores: UsageRecommender.Range,
    _ target: ResourceAmount
  ) -> Reason {
    let current = service.resources.requests
    return Reason(
      "P90 of use with 15 % on top asks for \(target.cpu) CPU and \(target.memory) memory a replica; "
        + "it has \(current.cpu) and \(current.memory)",
      numbers: [
        .init("lower bound", cores.lower * 1000, .millicores),
        .init("target", cores.target * 1000, .millicores),
        .init("upper bound", cores.upper * 1000, .millicores),
      ].filter(\.value.isFinite),
      evidence: service.evidence(.cpuUsage, .memoryPeak)
    )
  }
}

extension UsageRecommender {
  /// Takes in the samples of one minute.
  fileprivate mutating func learn(_ service: ServiceObservation, at now: Duration) {
    let ready = service.replicas.filter { $0.phase == .ready }
    for replica in ready {
      guard let usage = replica.signals[.cpuUsage] else { continue }
      addCPU(cores: usage.value / 1000, request: replica.resources.requests.cpu.cores, at: now)
    }
    if !ready.contains(where: { $0.signals[.cpuUsage] != nil }), !ready.isEmpty,
      let usage = service.signals[.cpuUsage]
    {
      let cores = usage.value / 1000 / Double(ready.count)
      addCPU(cores: cores, request: service.resources.requests.cpu.cores, at: now)
    }
    if let peak = service.signals[.memoryPeak] { addMemory(bytes: peak.value, at: now) }
    if let kills = service.signals[.outOfMemoryKills], kills.value > 0 {
      addKill(limit: Double(service.resources.limits.memory.bytes), at: now)
    }
  }
}

extension UsageRecommender.Range {
  fileprivate func excludes(_ size: Double) -> Bool { size < lower || size > upper }

  fileprivate func change(from size: Double) -> Double {
    size > 0 ? abs(target - size) / size : 1
  }
}

extension Resources {
  /// New requests, with limits in the same proportion to them as before.
  fileprivate func scaled(toRequest request: ResourceAmount) -> Resources {
    func proportion(_ limit: Int, _ old: Int, _ new: Int) -> Int {
      old > 0 ? Int((Double(limit) * Double(new) / Double(old)).rounded(.up)) : max(limit, new)
    }
    return Resources(
      requests: request,
      limits: ResourceAmount(
        cpu: Millicores(proportion(limits.cpu.count, requests.cpu.count, request.cpu.count)),
        memory: ByteCount(
          proportion(limits.memory.bytes, requests.memory.bytes, request.memory.bytes)
        )
      )
    )
  }
}
