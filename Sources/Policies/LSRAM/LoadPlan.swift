/// The load to plan for: the larger of what is there and its mean with two standard deviations, both smoothed.
///
/// After section 2.3 of our reconstruction, `max(current, EWMA + 2σ)`; a forecast is added where there is one.
struct LoadPlan: Hashable, Sendable {
  /// The weight of the newest reading.
  private let smoothing: Double
  private var mean: Double?
  private var variance = 0.0

  init(smoothing: Double) { self.smoothing = smoothing }

  /// Takes the newest rate and returns the one to plan for, both in requests per second.
  mutating func plan(for rate: Double) -> Double {
    guard let mean else {
      self.mean = rate
      return rate
    }
    let change = rate - mean
    self.mean = mean + smoothing * change
    variance = (1 - smoothing) * (variance + smoothing * change * change)
    return max(rate, mean + smoothing * change + 2 * variance.squareRoot())
  }
}
