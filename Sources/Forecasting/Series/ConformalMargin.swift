/// How much one side of an interval must give way so that it is broken as often as promised.
///
/// The quantile of the latest scores, a rolling form of conformalised quantile regression (Romano, Patterson and
/// Candès 2019); the level is corrected after each miss and hit (adaptive conformal inference, Gibbs and Candès 2021), so
/// that the promise holds in the long run whatever the series does. A score is how far a reading lay beyond the side, as
/// a share of what was expected; negative within.
package struct ConformalMargin: Sendable, Hashable {
  /// The share of readings that may lie beyond.
  package let missShare: Double
  private let capacity: Int
  private var level: Double
  /// In the order of their coming, and in that of their size.
  package private(set) var scores: [Double] = []
  private var sorted: [Double] = []

  private static let correction = 0.005
  /// Scores that are needed to say more than a guess.
  private static let leastScoreCount = 20
  /// The guess.
  private static let initialMargin = 0.1

  package init(missShare: Double, capacity: Int = 400, scores: some Sequence<Double> = []) {
    precondition(missShare > 0 && missShare < 0.5 && capacity > 0, "misses \(missShare)")
    self.missShare = missShare
    self.capacity = capacity
    level = missShare
    for score in scores { add(score) }
  }

  /// As a share of what is expected.
  package var margin: Double {
    guard sorted.count >= Self.leastScoreCount else { return Self.initialMargin }
    let rank = (Double(sorted.count + 1) * (1 - level)).rounded(.up)
    return sorted[min(max(Int(rank) - 1, 0), sorted.count - 1)]
  }

  /// Takes note of a score, and of whether the interval that was issued held.
  package mutating func observe(_ score: Double, isMiss: Bool) {
    level += Self.correction * (missShare - (isMiss ? 1 : 0))
    level = min(max(level, missShare / 20), 0.5)
    add(score)
  }

  private mutating func add(_ score: Double) {
    guard score.isFinite else { return }
    if scores.count == capacity { sorted.remove(at: place(of: scores.removeFirst())) }
    scores.append(score)
    sorted.insert(score, at: place(of: score))
  }

  /// The first place in ``sorted`` that is not below `score`.
  private func place(of score: Double) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < score { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
