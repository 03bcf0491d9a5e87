/// The cheapest counts of a few services with which every entry point keeps a distance from its bound.
///
/// Two services of at most a hundred replicas are so few that all combinations are tried: no chance is needed.
struct ReplicaSearch: Sendable {
  let estimates: [TailEstimate]
  /// Latency over bound that is aimed at.
  let goal: Double

  /// The counts of one service that may be tried.
  struct Choice: Hashable, Sendable {
    /// Index among the stations.
    var service: Int
    var counts: ClosedRange<Int>
    /// Of a replica.
    var cost: Double
  }

  struct Option: Hashable, Sendable {
    var counts: [Int: Int]
    var cost: Double
    /// Of the worst entry point.
    var strain: Double
  }

  /// The cheapest option that reaches the goal, or else the one that comes nearest.
  func best(of choices: [Choice]) -> Option? {
    var best: Option?
    for option in options(of: choices[...]) {
      let strain = estimates.map { $0.strain(with: option.counts) }.max() ?? 0
      let candidate = Option(counts: option.counts, cost: option.cost, strain: strain)
      if best.map({ isBetter(candidate, than: $0) }) ?? true { best = candidate }
    }
    return best
  }

  private func isBetter(_ left: Option, than right: Option) -> Bool {
    switch (left.strain <= goal, right.strain <= goal) {
    case (true, false): true
    case (false, true): false
    case (true, true): (left.cost, left.strain) < (right.cost, right.strain)
    case (false, false): (left.strain, left.cost) < (right.strain, right.cost)
    }
  }

  private func options(
    of choices: ArraySlice<Choice>
  ) -> [(counts: [Int: Int], cost: Double)] {
    guard let first = choices.first else { return [([:], 0)] }
    let rest = options(of: choices.dropFirst())
    return first.counts.flatMap { count in
      rest.map { option in
        var counts = option.counts
        counts[first.service] = count
        return (counts, option.cost + Double(count) * first.cost)
      }
    }
  }
}
