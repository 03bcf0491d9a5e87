/// Chooses upper bounds that hold as often as they should, whatever the predictor is worth.
///
/// Adaptive conformal inference (Gibbs and Candès 2021): the level at which the predicted distribution is cut moves up
/// after each bound that was exceeded and down a little after each that held, so the long-run share of those that
/// hold is the target even when the probabilities are wrong or the load changes.
struct ConformalBound: Sendable {
  let coverage: Float
  private(set) var level: Float

  private static let step: Float = 0.02

  init(coverage: Float = 0.9) {
    self.coverage = coverage
    level = coverage
  }

  /// The first class by which the distribution reaches the level.
  func bound(_ probabilities: [Float]) -> LengthClass { quantile(probabilities, level) }

  /// Takes in where the truth lay.
  mutating func learn(_ probabilities: [Float], truth: LengthClass) {
    let isExceeded: Float = truth > bound(probabilities) ? 1 : 0
    level = min(max(level + Self.step * (isExceeded - (1 - coverage)), 0), 1)
  }
}

/// The first class by which the distribution over all classes reaches `level`, 0...1.
func quantile(_ probabilities: [Float], _ level: Float) -> LengthClass {
  var sum: Float = 0
  for (index, probability) in probabilities.enumerated() {
    sum += probability
    if sum >= level { return LengthClass(index: index) }
  }
  return .last
}
