/// A promise: within every window, this quantile of the latency stays within the bound.
package struct SLO: Hashable, Sendable, Codable {
  /// Between 0 and 1: 0.95 for the 95th percentile.
  package var quantile: Double
  package var bound: Duration
  package var window: Duration

  package init(quantile: Double = 0.95, bound: Duration, window: Duration = .seconds(60)) {
    self.quantile = quantile
    self.bound = bound
    self.window = window
  }
}
