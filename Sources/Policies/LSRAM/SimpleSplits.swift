/// The splits that a solver has to beat, and the closed form for one chain.
extension SplitProblem {
  /// Every call the same share; nil if that is too little for a service.
  package var equalSplit: [Double]? { split(weighing: { _ in 1 }) }

  /// Shares in proportion to an idle replica's latency, after GrandSLAm (EuroSys 2019).
  package var proportionalSplit: [Double]? {
    split { $0.profile.minimumLatency }
  }

  /// Units of budget to whoever saves most by one more, after Parslo (SoCC 2021).
  ///
  /// - Complexity: O(budget / unit · members)
  package func greedySplit(unit: Double) -> [Double]? {
    precondition(unit > 0)
    guard shortfalls.isEmpty else { return nil }
    var shares = members.map(\.floor)
    var latencies = chains.map { $0.latency(shares) }
    var counts: [[(chain: Int, count: Double)]] = Array(repeating: [], count: members.count)
    for (index, chain) in chains.enumerated() {
      for step in chain.steps { counts[step.member].append((index, step.count)) }
    }
    while true {
      var best: (member: Int, saving: Double)?
      for member in members.indices {
        let fits = counts[member].allSatisfy {
          latencies[$0.chain] + $0.count * unit <= chains[$0.chain].bound
        }
        guard fits, !counts[member].isEmpty else { continue }
        let share = shares[member]
        // A unit costs as much budget as the calls that take it.
        let price = counts[member].reduce(0) { $0 + $1.count }
        let saved = members[member].cost(of: share) - members[member].cost(of: share + unit)
        if saved / price > best?.saving ?? 0 { best = (member, saved / price) }
      }
      guard let best else { return shares }
      shares[best.member] += unit
      for use in counts[best.member] { latencies[use.chain] += use.count * unit }
    }
  }

  /// The optimum of one chain whose shares meet neither floor nor ceiling; nil otherwise.
  ///
  /// `share = base + (scale + κ·√(cost·demand·scale)) / capacity`, where κ uses up the budget.
  package var closedForm: [Double]? {
    guard chains.count == 1, chains[0].steps.allSatisfy({ $0.count == 1 }) else { return nil }
    let chosen = chains[0].steps.map { members[$0.member] }
    let fixed = chosen.reduce(0) { $0 + $1.profile.minimumLatency }
    let roots = chosen.map { ($0.cost * $0.demand * $0.profile.scale).squareRoot() }
    let spread = zip(chosen, roots).reduce(0) { $0 + $1.1 / $1.0.profile.capacity }
    let kappa = (chains[0].bound - fixed) / spread
    var shares = members.map(\.ceiling)
    for ((step, member), root) in zip(zip(chains[0].steps, chosen), roots) {
      shares[step.member] =
        member.profile.minimumLatency + kappa * root / member.profile.capacity
      guard (member.floor...member.ceiling).contains(shares[step.member]) else { return nil }
    }
    return shares
  }

  /// Shares in proportion to a weight, the tightest of a member's chains deciding.
  private func split(weighing weight: (Member) -> Double) -> [Double]? {
    var shares = members.map(\.ceiling)
    for chain in chains {
      let sum = chain.steps.reduce(0) { $0 + $1.count * weight(members[$1.member]) }
      for step in chain.steps {
        let share = chain.bound * weight(members[step.member]) / sum
        shares[step.member] = min(shares[step.member], share)
      }
    }
    return zip(shares, members).allSatisfy { $0 >= $1.floor } ? shares : nil
  }
}
