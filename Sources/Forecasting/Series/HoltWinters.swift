/// Level, damped trend and a factor for each place in the season (Holt 1957, Winters 1960; damping after Gardner and
/// McKenzie 1985).
///
/// Through the first season there are no factors: it is Holt's method. The factors multiply, as the swing of a
/// day's load grows with its level.
package struct HoltWinters: SeriesForecaster {
  /// How fast each part follows; all 0...1.
  package struct Smoothing: Sendable, Hashable {
    package var level: Double
    package var trend: Double
    package var season: Double
    /// What is left of the trend after each step.
    package var damping: Double

    package init(
      level: Double = 0.5,
      trend: Double = 0.05,
      season: Double = 0.2,
      damping: Double = 0.9
    ) {
      self.level = level
      self.trend = trend
      self.season = season
      self.damping = damping
    }
  }

  package let smoothing: Smoothing
  package let seasonLength: Int
  private var level: Double?
  private var trend = 0.0
  /// Through the first season the readings themselves.
  private var factors: [Double] = []
  /// The place in the season of the next reading.
  private var place = 0

  /// `seasonLength` is in steps.
  package init(_ smoothing: Smoothing = Smoothing(), seasonLength: Int) {
    precondition(seasonLength > 0, "a season of \(seasonLength) steps")
    self.smoothing = smoothing
    self.seasonLength = seasonLength
  }

  private var hasFactors: Bool { factors.count == seasonLength }

  package mutating func observe(_ rate: Double) {
    guard let level else {
      self.level = rate
      return learnSeason(rate)
    }
    let expected = max(level + smoothing.damping * trend, .leastNormalMagnitude)
    let factor = hasFactors ? factors[place] : 1
    let next = expected + smoothing.level * (rate / factor - expected)
    trend =
      smoothing.damping * trend
      + smoothing.trend * (next - level - smoothing.damping * trend)
    self.level = next
    guard hasFactors else { return learnSeason(rate) }
    factors[place] = max(factor + smoothing.season * (rate / expected - factor), 0.01)
    place = (place + 1) % seasonLength
  }

  /// Collects the first season, and at its end turns it into factors.
  private mutating func learnSeason(_ rate: Double) {
    factors.append(rate)
    guard hasFactors else { return }
    let mean = factors.reduce(0, +) / Double(seasonLength)
    guard mean > 0 else { return factors = [] }
    factors = factors.map { max($0 / mean, 0.01) }
    level = rate / factors[seasonLength - 1]
    trend = 0
  }

  package func forecast(after stepCount: Int) -> ForecastInterval? {
    guard let level else { return nil }
    // The geometric sum of the damped trend.
    var (reach, weight) = (0.0, 1.0)
    for _ in 0..<min(stepCount, 1000) {
      weight *= smoothing.damping
      reach += weight
    }
    let factor = hasFactors ? factors[(place + stepCount - 1) % seasonLength] : 1
    return ForecastInterval(max((level + reach * trend) * factor, 0))
  }

  /// The smoothing whose forecasts of `series`, `lead` steps ahead, err least after the first season.
  package static func fitted(to series: [Double], lead: Int, seasonLength: Int) -> HoltWinters {
    let candidates = [0.2, 0.4, 0.6, 0.9].flatMap { level in
      [0, 0.02, 0.1].flatMap { trend in
        [0.05, 0.2, 0.5].flatMap { season in
          [0.8, 0.95].map { damping in
            let smoothing = Smoothing(level: level, trend: trend, season: season, damping: damping)
            return HoltWinters(smoothing, seasonLength: seasonLength)
          }
        }
      }
    }
    return leastError(among: candidates, on: series, lead: lead, from: seasonLength)
  }
}
