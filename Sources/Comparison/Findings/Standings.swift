/// Who did best, by a rule that is the same for all: the promise first, then the cost.
///
/// Bounds do not compete. Of the others, those that keep as many windows as the best, or fewer by no more than
/// chance explains, are equals; the cheapest of the equals wins. Who was not measured does not compete either.
package struct Standings: Sendable {
  package let summaries: [PolicySummary]
  /// Nil where only bounds were run or nobody else was measured.
  package let winner: PolicySummary?
  /// Those that kept the promise as well as the winner, at a higher cost or the same.
  package let equals: [PolicySummary]

  package init(_ summaries: [PolicySummary]) {
    self.summaries = summaries
    let leaders = Self.leaders(summaries, by: \.keptWindows)
    winner = Self.cheapest(leaders)
    equals = leaders.filter { [winner] in $0.choice != winner?.choice }
  }

  /// The best at one entry point by the same rule; nil where nothing is promised.
  package func winner(at entryPoint: Int) -> PolicySummary? {
    Self.cheapest(Self.leaders(summaries) { $0.keptWindows(at: entryPoint) })
  }

  package var bound: PolicySummary? { summaries.first { $0.choice.role == .bound } }

  /// Policies that another one, no bound, beats at the promise and at the cost.
  package var beaten: [(policy: PolicySummary, by: PolicySummary)] {
    let rivals = Self.rivals(summaries, by: \.keptWindows)
    return rivals.compactMap { policy, kept in
      rivals.first {
        $0.kept.comparison(with: kept) == .more
          && $0.policy.cost.comparison(with: policy.cost) == .less
      }.map { (policy, $0.policy) }
    }
  }

  /// Policies of which it is not known how they kept the promise.
  package var unmeasured: [PolicySummary] { summaries.filter { $0.keptWindows == nil } }

  /// Who competes, each with what it kept.
  private static func rivals(
    _ summaries: [PolicySummary],
    by kept: (PolicySummary) -> Spread?
  ) -> [(policy: PolicySummary, kept: Spread)] {
    summaries.filter { $0.choice.role != .bound }.compactMap { policy in
      kept(policy).map { (policy, $0) }
    }
  }

  private static func leaders(
    _ summaries: [PolicySummary],
    by kept: (PolicySummary) -> Spread?
  ) -> [PolicySummary] {
    let rivals = rivals(summaries, by: kept)
    guard let best = rivals.max(by: { $0.kept.mean < $1.kept.mean })?.kept else { return [] }
    return rivals.filter { $0.kept.comparison(with: best) != .less }.map(\.policy)
  }

  private static func cheapest(_ policies: [PolicySummary]) -> PolicySummary? {
    policies.min { $0.cost.mean < $1.cost.mean }
  }
}
