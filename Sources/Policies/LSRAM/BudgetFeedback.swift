/// How much larger than the promise the budget may be, as partial tail latencies do not add up.
///
/// After the practical cure of our reconstruction: 2 % more in each window whose measured tail is below 0.85 of the bound, 10 %
/// less at once above 0.97, within 1...1.6.
package struct BudgetFeedback: Hashable, Sendable {
  /// What the bound is multiplied with.
  package private(set) var factor = 1.0

  package init() {}

  /// Takes one window's measured tail latency over the bound.
  package mutating func observe(_ ratio: Double) {
    if ratio > 0.97 {
      factor *= 0.9
    } else if ratio < 0.85 {
      factor *= 1.02
    }
    factor = min(max(factor, 1), 1.6)
  }
}
