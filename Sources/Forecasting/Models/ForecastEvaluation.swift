/// How well a forecaster foresaw a series, one lead ahead.
package struct ForecastEvaluation: Sendable {
  /// One forecast and what came.
  package struct Case: Sendable, Hashable {
    /// The place of the reading in the series.
    package var index: Int
    package var reading: Double
    package var forecast: ForecastInterval
  }

  package private(set) var cases: [Case] = []
  /// The forecaster after the last reading.
  package private(set) var forecaster: CalibratedForecaster

  /// Lets a forecaster see the whole series, and judges its forecasts of the readings from `start` on.
  package init(of forecaster: CalibratedForecaster, on series: [Double], from start: Int) {
    self.forecaster = forecaster
    for (index, reading) in series.enumerated() {
      guard let forecast = self.forecaster.observe(reading), index >= start else { continue }
      cases.append(Case(index: index, reading: reading, forecast: forecast))
    }
  }

  private func mean(_ value: (Case) -> Double) -> Double {
    cases.isEmpty ? .nan : cases.reduce(0) { $0 + value($1) } / Double(cases.count)
  }

  /// The mean absolute error, requests per second.
  package var absoluteError: Double { mean { abs($0.reading - $0.forecast.expected) } }

  /// The mean absolute error as a share of the reading.
  package var relativeError: Double {
    mean { abs($0.reading - $0.forecast.expected) / max($0.reading, 0.1) }
  }

  /// The root of the mean squared error, requests per second.
  package var squaredError: Double {
    mean { ($0.reading - $0.forecast.expected) * ($0.reading - $0.forecast.expected) }.squareRoot()
  }

  /// The mean pinball loss of the upper bound at its quantile, requests per second.
  package var upperLoss: Double {
    let quantile = 1 - CalibratedForecaster.missShare
    return mean {
      let error = $0.reading - $0.forecast.upper
      return max(quantile * error, (quantile - 1) * error)
    }
  }

  /// The share of readings within the interval; 0.8 is promised.
  package var coverage: Double { mean { $0.forecast.contains($0.reading) ? 1 : 0 } }

  /// The share of readings up to the upper bound; 0.9 is promised.
  package var upperCoverage: Double { mean { $0.reading <= $0.forecast.upper ? 1 : 0 } }

  /// The mean width of the interval, as a share of what was expected.
  package var width: Double {
    mean { ($0.forecast.upper - $0.forecast.lower) / max($0.forecast.expected, 0.1) }
  }
}
