/// Who did best, by a rule that is the same for all: the promise first, then the cost.
///
/// Bounds do not compete. Of the others, those that keep as many windows as the best, or fewer by no more than
/// chance explains, are equals; the cheapest of the equals wins.
package struct Standings: Sendable {
  package let summaries: [PolicySummary]
  /// Nil where only bounds were run.
  package let winner: PolicySummary?
  /// Those that kept the promise as well as the winner, at a higher cost or the same.
  package let equals: [PolicySummary]

  package init(_ summaries: [PolicySummary]) {
    self.summaries = summaries
    let rivals = summaries.filter { $0.choice.role != .bound }
    let leaders = Self.leaders(rivals, by: \.keptWindows)
    winner = Self.cheapest(leaders)
    equals = leaders.filter { [winner] in $0.choice != winner?.choice }
  }

  /// The best at one entry point by the same rule; nil where nothing is promised.
  package func winner(at entryPoint: Int) -> PolicySummary? {
    let rivals = summaries.filter {
      $0.choice.role != .bound && $0.keptWindows(at: entryPoint) != nil
    }
    return Self.cheapest(
      Self.leaders(rivals) { $0.keptWindows(at: entryPoint) ?? $0.keptWindows }
    )
  }

  package var bound: PolicySummary? { summaries.first { $0.choice.role == .bound } }

  /// Policies that another one, no bound, beats at the promise and at the cost.
  package var beaten: [(policy: PolicySummary, by: PolicySummary)] {
    let rivals = summaries.filter { $0.choice.role != .bound }
    return rivals.compactMap { policy in
      rivals.first {
        $0.keptWindows.comparison(with: policy.keptWindows) == .more
          && $0.cost.comparison(with: policy.cost) == .less
      }.map { (policy, $0) }
    }
  }

  private static func leaders(
    _ rivals: [PolicySummary],
    by kept: (PolicySummary) -> Spread
  ) -> [PolicySummary] {
    guard let best = rivals.max(by: { kept($0).mean < kept($1).mean }) else { return [] }
    return rivals.filter { kept($0).comparison(with: kept(best)) != .less }
  }

  private static func cheapest(_ policies: [PolicySummary]) -> PolicySummary? {
    policies.min { $0.cost.mean < $1.cost.mean }
  }
}
