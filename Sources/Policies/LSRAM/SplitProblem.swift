/// How to split end-to-end budgets over services at the least cost of replicas.
///
/// Minimise `Σ cost · demand / rate(within: share)` subject to `Σ count · share ≤ bound` on every chain. Branches that run at
/// once are chains of their own; a shared service is a member of several chains and has one share.
package struct SplitProblem: Hashable, Sendable {
  /// One service.
  package struct Member: Hashable, Sendable {
    package var profile: LoadLatencyProfile
    /// Requests per second over all its callers.
    package var demand: Double
    /// Of one replica.
    package var cost: Double

    package init(profile: LoadLatencyProfile, demand: Double, cost: Double = 1) {
      precondition(demand > 0 && cost > 0, "demand \(demand), cost \(cost)")
      self.profile = profile
      self.demand = demand
      self.cost = cost
    }

    /// The least share that is given: 2 % above what an idle replica needs.
    package var floor: Double { 1.02 * profile.minimumLatency }

    /// The most that a share is worth.
    package var ceiling: Double { max(profile.maximumLatency, floor) }

    /// The cost of a share, replicas not rounded.
    package func cost(of share: Double) -> Double { cost * demand / profile.rate(within: share) }

    /// The share at which one more second saves `price`: where `cost · demand · rate' / rate²` equals it.
    package func share(at price: Double) -> Double {
      guard price > 0 else { return ceiling }
      let slack = (cost * demand * profile.scale / price).squareRoot()
      let share = profile.base + (profile.scale + slack) / profile.capacity
      return min(max(share, floor), ceiling)
    }
  }

  /// Services that a request passes one after the other.
  package struct Chain: Hashable, Sendable {
    package struct Step: Hashable, Sendable {
      package var member: Int
      /// Calls one after the other.
      package var count: Double

      package init(_ member: Int, count: Double = 1) {
        precondition(member >= 0 && count > 0)
        self.member = member
        self.count = count
      }
    }

    package var steps: [Step]
    /// Seconds from end to end.
    package var bound: Double

    package init(_ steps: [Step], bound: Double) {
      precondition(!steps.isEmpty && bound > 0)
      self.steps = steps
      self.bound = bound
    }

    /// Seconds that the chain takes when each member takes its share.
    package func latency(_ shares: [Double]) -> Double {
      steps.reduce(0) { $0 + $1.count * shares[$1.member] }
    }
  }

  package var members: [Member]
  package var chains: [Chain]

  package init(members: [Member], chains: [Chain]) {
    self.members = members
    self.chains = chains
    let isNamed = chains.allSatisfy { $0.steps.allSatisfy { $0.member < members.count } }
    precondition(isNamed, "a chain names a member that is not there")
  }

  package func cost(of shares: [Double]) -> Double {
    zip(members, shares).reduce(0) { $0 + $1.0.cost(of: $1.1) }
  }

  package func isFeasible(_ shares: [Double], tolerance: Double = 1e-9) -> Bool {
    chains.allSatisfy { $0.latency(shares) <= $0.bound * (1 + tolerance) }
  }

  /// The chains that no split can satisfy, each with the services that bind, the largest need first.
  package var shortfalls: [Shortfall] {
    chains.indices.compactMap { index in
      let chain = chains[index]
      let needs = chain.steps.map { (member: $0.member, need: $0.count * members[$0.member].floor) }
      let total = needs.reduce(0) { $0 + $1.need }
      guard total >= chain.bound else { return nil }
      let order = needs.sorted { ($1.need, $0.member) < ($0.need, $1.member) }
      return Shortfall(chain: index, needed: total, members: order.map(\.member))
    }
  }

  /// A budget below what idle replicas need.
  package struct Shortfall: Hashable, Sendable {
    package var chain: Int
    /// Seconds.
    package var needed: Double
    package var members: [Int]
  }
}
