/// Expects what was a season ago: the yardstick of every forecast of a seasonal load.
///
/// Through the first season it expects the latest reading to stay.
package struct SeasonalNaive: SeriesForecaster {
  private let seasonLength: Int
  private var readings: RecentReadings

  /// `seasonLength` is in steps.
  package init(seasonLength: Int) {
    self.seasonLength = seasonLength
    readings = RecentReadings(capacity: seasonLength)
  }

  package mutating func observe(_ rate: Double) { readings.append(rate) }

  package func forecast(after stepCount: Int) -> ForecastInterval? {
    let ago = (seasonLength - stepCount % seasonLength) % seasonLength
    return (readings[ago: ago] ?? readings[ago: 0]).map { ForecastInterval($0) }
  }
}
