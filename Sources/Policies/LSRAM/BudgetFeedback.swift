/// How much larger than the promise the budget may be, as partial tail latencies do not add up.
///
/// After the practical cure of our reconstruction: more in each window whose measured tail is below 0.85 of the bound, 10 % less at
/// once above 0.97. Ours grows by half of what the tail is below 0.85 where that grows by 2 %, and up to 4 where that stops at
/// 1.6: a chain that passes a service nine times has nine tails in its sum, far more than a request ever meets.
package struct BudgetFeedback: Hashable, Sendable {
  /// What the bound is multiplied with.
  package private(set) var factor: Double

  /// Begins where stages with exponential times would have it: of `n` such stages the 95th percentiles sum up to `3n` of
  /// their means, and the sum's 95th percentile is about `n + 2√n`.
  package init(stageCount: Double = 1) {
    precondition(stageCount >= 1, "\(stageCount) stages")
    factor = 3 * stageCount / (stageCount + 2 * stageCount.squareRoot())
  }

  /// Takes one window's measured tail latency over the bound.
  package mutating func observe(_ ratio: Double) {
    if ratio > 0.97 {
      factor *= 0.9
    } else if ratio < 0.85 {
      factor *= 1 + (0.85 - ratio) / 2
    }
    factor = min(max(factor, 1), 4)
  }
}
