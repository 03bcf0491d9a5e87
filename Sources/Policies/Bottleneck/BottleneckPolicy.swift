import Applications
package import Control
import OrderedCollections

/// Finds the services that make an entry point late, and searches the replica counts of those alone.
package struct BottleneckPolicy: Policy {
  package static let descriptor = PolicyDescriptor(
    name: "bottleneck",
    summary: "Finds what makes an entry point late, and searches the replicas of that alone.",
    interval: .seconds(15),
    place: Taxonomy(
      controller: .centralised,
      directions: [.horizontal],
      trigger: .reactive,
      technique: .queueing,
      objectives: [.sla, .cost],
      models: [.dependencies, .anomalies, .performance]
    ),
    parameters: [
      .init("alarm", default: "0.9", "latency over bound from which causes are looked for"),
      .init("goal", default: "0.7", "latency over bound that the search aims at"),
      .init("bottlenecks", default: "2", "how many services one search changes"),
      .init("waste-interval", default: "1m", "how often a replica too many is looked for"),
      .init("utilization", default: "0.65", "the most use that a replica less may leave"),
    ]
  )

  private let alarm: Double
  private let goal: Double
  private let bottleneckCount: Int
  private let wasteInterval: Duration
  private let utilization: Double
  private let application: Application
  private let visits: EntryVisits
  private let ranking: BottleneckRanking
  private var usual: OrderedDictionary<ServiceName, UsualLatency> = [:]
  private var calmSince: Duration?

  package init(_ setting: PolicySetting) throws(PolicyError) {
    let parameters = setting.parameters
    alarm = try parameters.double("alarm", default: 0.9, in: 0.01...10)
    goal = try parameters.double("goal", default: 0.7, in: 0.01...1)
    bottleneckCount = try parameters.integer("bottlenecks", default: 2, in: 1...2)
    wasteInterval = try parameters.duration("waste-interval", default: .seconds(60))
    utilization = try parameters.double("utilization", default: 0.65, in: 0.01...1)
    application = setting.application
    visits = EntryVisits(application)
    ranking = BottleneckRanking(callees: application.callees)
  }

  package mutating func decide(on situation: Situation) -> Decision {
    let strains = application.entryPoints.compactMap { Strain($0, in: situation.observation) }
    guard let worst = strains.max(by: { $0.ratio < $1.ratio }) else { return Decision() }
    let isSettling = situation.observation.isSettling
    if worst.ratio <= alarm {
      learn(situation.observation)
      return isSettling ? Decision() : shed(strains, situation)
    }
    calmSince = nil
    // What was ordered last is not there yet: searching again would order it twice.
    return isSettling ? Decision() : grow(worst, strains, situation)
  }

  /// What is usual is learnt while nothing is wrong.
  private mutating func learn(_ observation: Observation) {
    for (name, service) in observation.services {
      guard let latency = service.signals[.latencyP95] else { continue }
      usual[name, default: UsualLatency()].observe(latency.value)
    }
  }

  // MARK: Too slow

  private func grow(_ worst: Strain, _ strains: [Strain], _ situation: Situation) -> Decision {
    let observation = situation.observation
    let reached = visits[worst.entryPoint]
    let estimates = estimates(strains, situation)
    let services = application.services
    let anomaly = services.map { service in
      guard reached[service.name] != nil,
        let latency = observation.services[service.name]?.signals[.latencyP95]
      else { return 0.0 }
      return usual[service.name]?.excess(latency.value) ?? 1
    }
    let pressure = services.map { service in
      0.01 + (observation.services[service.name]?.pressure ?? 0)
    }
    let causes = ranking.ranked(anomaly: anomaly, pressure: pressure)
      .filter { (observation.services[services[$0].name]?.room(services[$0]) ?? 0) > 0 }
      .prefix(bottleneckCount)
    let choices = causes.enumerated().map { place, index in
      let service = services[index]
      let current = observation.services[service.name]?.desiredReplicaCount ?? 0
      // The likeliest cause gets a replica at least, whatever the model makes of it.
      let least = place == 0 ? current + 1 : current
      return ReplicaSearch.Choice(
        service: index,
        counts: least...service.replicas.range.upperBound,
        cost: service.replicaCost
      )
    }
    guard !choices.isEmpty,
      let option = ReplicaSearch(estimates: estimates, goal: goal).best(of: choices)
    else { return Decision() }
    return decision(option, observation) { name, current, count in
      "\(worst.entryPoint) at \((worst.ratio * 100).formatted(0)) % of its bound, most likely by "
        + "\(name): \(current) → \(count) replicas for an expected \((option.strain * 100).formatted(0)) %"
    }
  }

  // MARK: Too much

  /// Takes away the dearest replica that nobody would miss, one service at a time.
  private mutating func shed(_ strains: [Strain], _ situation: Situation) -> Decision {
    let now = situation.time
    guard let calm = calmSince, now - calm >= wasteInterval else {
      calmSince = calmSince ?? now
      return Decision()
    }
    calmSince = now
    let estimates = estimates(strains, situation)
    var counts: [Int: Int] = [:]
    let services = application.services
    let dearestFirst = services.indices.sorted {
      (services[$1].replicaCost, $0) < (services[$0].replicaCost, $1)
    }
    for index in dearestFirst {
      let service = services[index]
      guard let station = station(of: service, situation),
        station.replicaCount > max(1, service.replicas.minimum),
        station.utilization(replicas: station.replicaCount - 1) <= utilization
      else { continue }
      var fewer = counts
      fewer[index] = station.replicaCount - 1
      if estimates.allSatisfy({ $0.strain(with: fewer) <= goal }) { counts = fewer }
    }
    let option = ReplicaSearch.Option(counts: counts, cost: 0, strain: 0)
    return decision(option, situation.observation) { name, current, count in
      "every entry point stays below \((goal * 100).formatted(0)) % of its bound without it: "
        + "\(current) → \(count) replicas of \(name)"
    }
  }

  private func estimates(_ strains: [Strain], _ situation: Situation) -> [TailEstimate] {
    let stations = application.services.map { station(of: $0, situation) }
    return strains.map { strain in
      let reached = visits[strain.entryPoint]
      let slo = application.entryPoints.first { $0.name == strain.entryPoint }?.slo
      return TailEstimate(
        stations: stations,
        visits: application.services.map { reached[$0.name] ?? 0 },
        quantile: slo?.quantile ?? 0.95,
        strain: strain.ratio
      )
    }
  }

  private func station(of service: Application.Service, _ situation: Situation)
    -> TailEstimate.Station?
  {
    guard let observation = situation.observation.services[service.name],
      let rate = observation.signals[.requestRate],
      let speed = ServiceSpeed(service.name, in: situation), observation.desiredReplicaCount > 0
    else { return nil }
    return TailEstimate.Station(
      rate: rate.value,
      speed: speed,
      replicaCount: observation.desiredReplicaCount
    )
  }

  private func decision(
    _ option: ReplicaSearch.Option,
    _ observation: Observation,
    words: (ServiceName, Int, Int) -> String
  ) -> Decision {
    var decision = Decision()
    for index in option.counts.keys.sorted() {
      let service = application.services[index]
      guard let count = option.counts[index], let seen = observation.services[service.name],
        count != seen.desiredReplicaCount
      else { continue }
      let reason = Reason(
        words(service.name, seen.desiredReplicaCount, count),
        numbers: [.init("expected strain", option.strain, .ratio)],
        evidence: seen.evidence(.requestRate, .cpuUsage)
      )
      decision.actions.append(Action(service.name, replicaCount: count, because: reason))
    }
    return decision
  }
}
