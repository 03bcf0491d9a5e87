/// Whole replicas for a split: rounded up, then taken away again where the budgets still hold.
package struct WholeReplicas: Hashable, Sendable {
  /// For each member.
  package private(set) var counts: [Int]
  /// Before any was taken away.
  package let roundedCounts: [Int]

  package init(_ problem: SplitProblem, shares: [Double]) {
    counts = zip(problem.members, shares).map { member, share in
      // A share met to the last bit asks for no replica more.
      max(1, Int((member.demand / member.profile.rate(within: share) - 1e-9).rounded(.up)))
    }
    roundedCounts = counts
    takeAway(problem)
  }

  package func cost(in problem: SplitProblem) -> Double {
    zip(problem.members, counts).reduce(0) { $0 + $1.0.cost * Double($1.1) }
  }

  /// The dearest replicas first; ties go to the earlier member.
  private mutating func takeAway(_ problem: SplitProblem) {
    var latencies = zip(problem.members, counts).map { $0.latency(replicas: $1) }
    var sums = problem.chains.map { $0.latency(latencies) }
    var uses: [[(chain: Int, count: Double)]] = Array(repeating: [], count: counts.count)
    for (index, chain) in problem.chains.enumerated() {
      for step in chain.steps { uses[step.member].append((index, step.count)) }
    }
    let order = problem.members.indices.sorted {
      (problem.members[$1].cost, $0) < (problem.members[$0].cost, $1)
    }
    for index in order {
      let member = problem.members[index]
      while counts[index] > 1, member.isTested(replicas: counts[index] - 1) {
        let rise = member.latency(replicas: counts[index] - 1) - latencies[index]
        let holds = uses[index].allSatisfy {
          sums[$0.chain] + $0.count * rise <= problem.chains[$0.chain].bound
        }
        guard holds else { break }
        counts[index] -= 1
        latencies[index] += rise
        for use in uses[index] { sums[use.chain] += use.count * rise }
      }
    }
  }
}

extension SplitProblem.Member {
  /// Seconds when so many replicas share the demand.
  fileprivate func latency(replicas: Int) -> Double {
    profile.latency(at: demand / Double(replicas))
  }

  fileprivate func isTested(replicas: Int) -> Bool {
    demand / Double(replicas) <= profile.testedRate
  }
}
