/// A forecaster whose interval, one lead ahead, holds as often as it promises: four readings in five.
///
/// One reading in ten may lie above, one in ten below; see ``ConformalMargin``.
package struct CalibratedForecaster: Sendable {
  /// The share of readings that may lie beyond each side.
  package static let missShare = 0.1

  package private(set) var forecaster: any SeriesForecaster
  /// How many steps ahead it looks.
  package private(set) var lead: Int
  package private(set) var below: ConformalMargin
  package private(set) var above: ConformalMargin
  /// Forecasts of readings to come, the next one first.
  private var pending: [Pending] = []

  /// What the forecaster said, and what was promised.
  private struct Pending: Sendable {
    var raw: ForecastInterval?
    var issued: ForecastInterval?
  }

  package init(
    _ forecaster: any SeriesForecaster,
    lead: Int,
    below: ConformalMargin = ConformalMargin(missShare: missShare),
    above: ConformalMargin = ConformalMargin(missShare: missShare)
  ) {
    precondition(lead > 0, "a lead of \(lead)")
    self.forecaster = forecaster
    self.lead = lead
    self.below = below
    self.above = above
  }

  /// What is expected ``lead`` steps after the latest reading; nil while nothing is known.
  package var forecast: ForecastInterval? { widened(forecaster.forecast(after: lead)) }

  /// Judges the forecast that was made of this reading, then learns from it.
  ///
  /// Returns the forecast that had been issued for it; nil if there was none.
  @discardableResult
  package mutating func observe(_ rate: Double) -> ForecastInterval? {
    var issued: ForecastInterval?
    if pending.count == lead {
      let due = pending.removeFirst()
      issued = due.issued
      if let raw = due.raw, let issued = due.issued { judge(rate, raw, issued) }
    }
    forecaster.observe(rate)
    let raw = forecaster.forecast(after: lead)
    pending.append(Pending(raw: raw, issued: widened(raw)))
    return issued
  }

  /// Looks so many steps ahead from now on, when a start-up takes longer or shorter than it did.
  package mutating func look(ahead lead: Int) {
    guard lead != self.lead else { return }
    precondition(lead > 0, "a lead of \(lead)")
    self.lead = lead
    pending = []
  }

  private mutating func judge(
    _ rate: Double,
    _ raw: ForecastInterval,
    _ issued: ForecastInterval
  ) {
    let scale = Self.scale(raw)
    below.observe((raw.lower - rate) / scale, isMiss: rate < issued.lower)
    above.observe((rate - raw.upper) / scale, isMiss: rate > issued.upper)
  }

  private func widened(_ raw: ForecastInterval?) -> ForecastInterval? {
    raw.map { raw in
      let scale = Self.scale(raw)
      let expected = max(raw.expected, 0)
      return ForecastInterval(
        lower: min(max(raw.lower - below.margin * scale, 0), expected),
        expected: expected,
        upper: max(raw.upper + above.margin * scale, expected)
      )
    }
  }

  /// What margins are shares of; a service without load still has one.
  private static func scale(_ raw: ForecastInterval) -> Double { max(raw.expected, 0.1) }
}
