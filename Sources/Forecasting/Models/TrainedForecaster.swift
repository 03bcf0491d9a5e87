/// A forecaster that has learnt from a load: what it learnt, how wide its intervals must be, how much it errs.
package struct TrainedForecaster: Sendable, Hashable {
  /// What was learnt.
  package enum Content: Sendable, Hashable {
    case seasonalNaive
    case ewma(smoothing: Double)
    case holtWinters(HoltWinters.Smoothing)
    case network(LoadNetwork)
  }

  package let content: Content
  /// The time that one reading stands for.
  package let step: Duration
  /// Steps after which the load is expected to repeat.
  package let seasonLength: Int
  /// Steps that it was made to look ahead.
  package let lead: Int
  /// The latest scores of either side of its intervals on what it learnt from; see ``ConformalMargin``.
  package let belowScores: [Double]
  package let aboveScores: [Double]
  /// Its mean absolute error there, as a share of the load.
  package let expectedError: Double

  init(
    _ content: Content,
    step: Duration,
    seasonLength: Int,
    lead: Int,
    belowScores: [Double],
    aboveScores: [Double],
    expectedError: Double
  ) {
    self.content = content
    self.step = step
    self.seasonLength = seasonLength
    self.lead = lead
    self.belowScores = belowScores
    self.aboveScores = aboveScores
    self.expectedError = expectedError
  }

  /// Calibrates what was learnt by letting it forecast `series` from the second season on.
  package init(
    calibrating content: Content,
    on series: [Double],
    step: Duration,
    seasonLength: Int,
    lead: Int
  ) {
    let forecaster = content.forecaster(seasonLength: seasonLength)
    let evaluation = ForecastEvaluation(
      of: CalibratedForecaster(forecaster, lead: lead),
      on: series,
      from: min(seasonLength, series.count / 2)
    )
    self.init(
      content,
      step: step,
      seasonLength: seasonLength,
      lead: lead,
      belowScores: evaluation.forecaster.below.scores,
      aboveScores: evaluation.forecaster.above.scores,
      expectedError: evaluation.relativeError
    )
  }

  /// Fits a method that is no network to a series.
  ///
  /// - Precondition: `method` is no network; those are made by ``NetworkTraining``.
  package static func fitted(
    _ method: ForecastMethod,
    to series: [Double],
    step: Duration,
    seasonLength: Int,
    lead: Int
  ) -> TrainedForecaster {
    let content: Content
    switch method {
    case .seasonalNaive: content = .seasonalNaive
    case .ewma:
      content = .ewma(smoothing: ExponentialAverage.fitted(to: series, lead: lead).smoothing)
    case .holtWinters:
      let best = HoltWinters.fitted(to: series, lead: lead, seasonLength: seasonLength)
      content = .holtWinters(best.smoothing)
    case .lstm, .gru: preconditionFailure("\(method.rawValue) is a network")
    }
    return TrainedForecaster(
      calibrating: content,
      on: series,
      step: step,
      seasonLength: seasonLength,
      lead: lead
    )
  }

  package var method: ForecastMethod {
    switch content {
    case .seasonalNaive: .seasonalNaive
    case .ewma: .ewma
    case .holtWinters: .holtWinters
    case .network(let network): network.shape.cell == .gru ? .gru : .lstm
    }
  }

  /// A forecaster that has seen nothing yet, with intervals as wide as they had to be in training.
  package func forecaster(lead: Int? = nil) -> CalibratedForecaster {
    CalibratedForecaster(
      content.forecaster(seasonLength: seasonLength),
      lead: lead ?? self.lead,
      below: ConformalMargin(missShare: CalibratedForecaster.missShare, scores: belowScores),
      above: ConformalMargin(missShare: CalibratedForecaster.missShare, scores: aboveScores)
    )
  }

  package var driftDetector: DriftDetector { DriftDetector(expectedError: expectedError) }
}

extension TrainedForecaster.Content {
  func forecaster(seasonLength: Int) -> any SeriesForecaster {
    switch self {
    case .seasonalNaive: SeasonalNaive(seasonLength: seasonLength)
    case .ewma(let smoothing): ExponentialAverage(smoothing: smoothing)
    case .holtWinters(let smoothing): HoltWinters(smoothing, seasonLength: seasonLength)
    case .network(let network): NetworkForecaster(network)
    }
  }
}
