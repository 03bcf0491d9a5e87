import Applications
package import Control
import OrderedCollections

/// Splits each end-to-end promise over the services at the least cost, and gives each the replicas that its share needs.
///
/// After LSRAM (arXiv 2411.11493), as we reconstruct it. Every slice: the load to plan for; profiles that drifted are stretched;
/// budgets grow while the measured tail leaves air; where shares changed, the split is solved again from the last prices; more
/// replicas come at once, fewer after three slices that agree.
package struct LSRAMPolicy: Policy {
  package static let descriptor = PolicyDescriptor(
    name: "lsram",
    summary: "Splits the promise over the services at the least cost, after LSRAM.",
    interval: .seconds(15),
    place: Taxonomy(
      controller: .centralised,
      directions: [.horizontal],
      trigger: .hybrid,
      technique: .queueing,
      objectives: [.cost, .sla],
      models: [.dependencies, .performance]
    ),
    parameters: [
      .init("split", default: "optimal", "optimal, equal, proportional, greedy or closed-form"),
      .init("highest-use", default: "0.85", "how busy a replica may be planned to be"),
      .init("smoothing", default: "0.3", "the weight of the newest load in its mean"),
      .init("scale-down-slices", default: "3", "slices that must agree before replicas go"),
    ]
  )

  private let names: [ServiceName]
  private var models: [ServiceModel]
  private var promises: [Promise]
  private let method: SplitMethod
  private let entryPoints: [EntryPointName]
  private var load: LoadPlan
  private var solver = SplitSolver()
  private var descent: ShrinkRule

  package init(_ setting: PolicySetting) throws(PolicyError) {
    let parameters = setting.parameters
    method = try parameters.choice("split", default: SplitMethod.optimal)
    load = LoadPlan(smoothing: try parameters.double("smoothing", default: 0.3, in: 0.01...1))
    descent = ShrinkRule(
      sliceCount: try parameters.integer("scale-down-slices", default: 3, in: 1...1000)
    )
    let highestUse = try parameters.double("highest-use", default: 0.85, in: 0.05...0.99)
    let application = setting.application
    let quantile = application.entryPoints.compactMap(\.slo?.quantile).max() ?? 0.95
    let demand = ServiceDemand(application)
    let known = application.services.compactMap { service in
      ServiceModel(
        service,
        demand,
        quantile: quantile,
        highestUse: highestUse,
        measured: setting.curves[service.name]
      ).map { (service.name, $0) }
    }
    names = known.map(\.0)
    models = known.map(\.1)
    let index = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    promises = application.entryPoints.compactMap { Promise($0, in: application, index: index) }
    entryPoints = application.entryPoints.map(\.name)
  }

  package mutating func decide(on situation: Situation) -> Decision {
    let observation = situation.observation
    guard let rate = entryRate(observation) else {
      let words = "the load at the entry points is not known"
      return Decision(holds: names.map { .init($0, because: Reason(words)) })
    }
    let planned = load.plan(for: rate)
    for index in promises.indices { promises[index].observe(observation) }
    for index in models.indices {
      let cpuPerRequest = situation.profile.services[names[index]]?.cpuPerRequest
      models[index].observe(cpuPerRequest: cpuPerRequest?.seconds)
    }
    let problem = problem(planned, situation.prediction)
    let plan = solver.plan(problem, by: method)
    return decision(observation, plan, problem, planned: planned)
  }

  /// Requests per second that enter; nil if any entry point is silent.
  private func entryRate(_ observation: Observation) -> Double? {
    var sum = 0.0
    for name in entryPoints {
      guard let rate = observation.entryPoints[name]?[.requestRate] else { return nil }
      sum += rate.value
    }
    return sum
  }

  private func problem(_ planned: Double, _ prediction: Prediction) -> SplitProblem {
    SplitProblem(
      members: zip(names, models).map { name, model in
        let demand = max(planned * model.visits, prediction.services[name]?.upper ?? 0)
        return SplitProblem.Member(
          profile: model.profile,
          demand: max(demand, 1e-3),
          cost: max(model.cost, 1e-9)
        )
      },
      chains: promises.flatMap { promise in
        promise.chains.map { SplitProblem.Chain($0, bound: promise.budget) }
      }
    )
  }

  // MARK: From shares to replicas

  private mutating func decision(
    _ observation: Observation,
    _ plan: SplitSolver.Plan,
    _ problem: SplitProblem,
    planned: Double
  ) -> Decision {
    let isLate = promises.contains { ($0.ratio(in: observation) ?? 0) > 1 }
    var decision = Decision()
    for (index, name) in names.enumerated() {
      guard let service = observation.services[name] else { continue }
      let current = service.desiredReplicaCount
      let isBehind = isLate && service.isBehind(plan.shares[index], problem.members[index])
      let wanted = isBehind ? max(plan.counts[index], current.grown(by: 0.25)) : plan.counts[index]
      let desired = models[index].bounds.clamp(
        descent.settle(name, wanted: wanted, current: current)
      )
      let reason = reason(
        index,
        service,
        plan,
        problem,
        planned: planned,
        wanted: wanted,
        isBehind: isBehind
      )
      decision.scale(
        name,
        from: current,
        to: desired,
        wanted: wanted,
        isRemarkable: plan.complaint != nil,
        because: reason
      )
    }
    return decision
  }

  private func reason(
    _ index: Int,
    _ service: ServiceObservation,
    _ plan: SplitSolver.Plan,
    _ problem: SplitProblem,
    planned: Double,
    wanted: Int,
    isBehind: Bool
  ) -> Reason {
    let member = problem.members[index]
    let share = plan.shares[index]
    let rate = member.profile.rate(within: share)
    var words =
      plan.complaint.map { $0.words(names) + ", so every replica is kept at 70 %: " }
      ?? "\((share * 1000).formatted(1)) ms of the budget let a replica take \(rate.formatted(1)) requests/s, "
      + "\(member.demand.formatted(1)) expected: "
    words += "\(service.desiredReplicaCount) → \(wanted) replicas"
    if isBehind { words += "; the promise is broken and this service is behind its share" }
    if models[index].slowdown != 1 {
      words += "; requests take \(models[index].slowdown.formatted(2)) times the stated work"
    }
    return Reason(
      words,
      numbers: [
        .init("share", share, .seconds), .init("load", planned, .requestsPerSecond),
        .init("demand", member.demand, .requestsPerSecond),
        .init("rate", rate, .requestsPerSecond),
      ],
      evidence: service.evidence(.requestRate, .cpuUsage)
    )
  }
}

extension ServiceObservation {
  /// Whether the replicas that are ready have more to do than their share of the budget allows.
  fileprivate func isBehind(_ share: Double, _ member: SplitProblem.Member) -> Bool {
    guard let rate = signals[.requestRate], readyReplicaCount > 0 else { return false }
    return rate.value / Double(readyReplicaCount) > member.profile.rate(within: share)
  }
}

extension Int {
  fileprivate func grown(by share: Double) -> Int {
    Int((Double(self) * (1 + share)).rounded(.up))
  }
}
