/// An exponentially weighted moving average (EWMA): expects the smoothed latest load to stay.
package struct ExponentialAverage: SeriesForecaster {
  /// The weight of the newest reading, above 0 and up to 1; at 1 the forecast is the latest reading itself.
  package let smoothing: Double
  private var level: Double?

  package init(smoothing: Double) {
    precondition(smoothing > 0 && smoothing <= 1, "smoothing \(smoothing)")
    self.smoothing = smoothing
  }

  package mutating func observe(_ rate: Double) {
    let known = level ?? rate
    level = known + smoothing * (rate - known)
  }

  package func forecast(after stepCount: Int) -> ForecastInterval? {
    level.map { ForecastInterval($0) }
  }

  /// The average whose forecasts of `series`, `lead` steps ahead, err least.
  package static func fitted(to series: [Double], lead: Int) -> ExponentialAverage {
    let candidates = [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.85, 1].map {
      ExponentialAverage(smoothing: $0)
    }
    return leastError(among: candidates, on: series, lead: lead, from: 0)
  }
}

/// The candidate whose forecasts of the series err least in the mean, scored from the reading `start` on.
func leastError<Candidate: SeriesForecaster>(
  among candidates: [Candidate],
  on series: [Double],
  lead: Int,
  from start: Int
) -> Candidate {
  func error(_ candidate: Candidate) -> Double {
    var (forecaster, sum) = (candidate, 0.0)
    for index in series.indices {
      forecaster.observe(series[index])
      let target = index + lead
      guard index >= start, target < series.count else { continue }
      guard let forecast = forecaster.forecast(after: lead) else { continue }
      sum += abs(series[target] - forecast.expected)
    }
    return sum
  }
  let scored = candidates.map { (candidate: $0, error: error($0)) }
  guard let best = scored.min(by: { $0.error < $1.error }) else {
    preconditionFailure("no candidates")
  }
  return best.candidate
}
