import Learning
import Randomness
import Testing

@testable import Forecasting

@Suite struct ConformalMarginTests {
  @Test func `it is the quantile of the latest scores`() {
    var margin = ConformalMargin(missShare: 0.1, capacity: 100)
    #expect(margin.margin == 0.1, "a guess while there are few")
    for score in 0..<1000 { margin.observe(Double(score), isMiss: score.isMultiple(of: 10)) }
    // The scores 900...999 are left; the level stands where it began, as one in ten missed.
    #expect((988...992).contains(margin.margin), "\(margin.margin)")
    #expect(margin.scores.count == 100)
  }

  @Test func `it stays the quantile whatever comes, in whatever order`() {
    for seed in 0..<20 as Range<UInt64> {
      var generator = SplitMix64(seed: seed)
      var margin = ConformalMargin(missShare: 0.1, capacity: 37)
      for _ in 0..<300 {
        let score = Double(Int.random(in: -5...5, using: &generator))
        margin.observe(score, isMiss: true)
        let sorted = margin.scores.sorted()
        #expect(margin.scores.count < 20 || sorted.contains(margin.margin), "seed \(seed)")
      }
      #expect(margin.margin == margin.scores.max(), "with nothing but misses it widens to all")
    }
  }
}

@Suite struct CalibratedForecasterTests {
  @Test(arguments: [1, 3, 12])
  func `its interval holds as often as promised, for every forecaster`(lead: Int) {
    let load = Loads.wave(count: 4000, season: 100, noise: 5, seed: UInt64(lead))
    let forecasters: [any SeriesForecaster] = [
      SeasonalNaive(seasonLength: 100), ExponentialAverage(smoothing: 0.3),
      HoltWinters(seasonLength: 100),
    ]
    for forecaster in forecasters {
      let evaluation = ForecastEvaluation(
        of: CalibratedForecaster(forecaster, lead: lead),
        on: load,
        from: 400
      )
      #expect((0.77...0.83).contains(evaluation.coverage), "\(type(of: forecaster))")
      #expect((0.88...0.92).contains(evaluation.upperCoverage), "\(type(of: forecaster))")
    }
  }

  @Test func `it holds in the long run even when the noise grows five-fold`() {
    let load =
      Loads.wave(count: 3000, season: 100, noise: 2)
      + Loads.wave(count: 3000, season: 100, noise: 10)
    let evaluation = ForecastEvaluation(
      of: CalibratedForecaster(SeasonalNaive(seasonLength: 100), lead: 2),
      on: load,
      from: 200
    )
    #expect((0.77...0.83).contains(evaluation.coverage), "\(evaluation.coverage)")
  }

  @Test func `a forecast is judged by the reading it was made of`() {
    var forecaster = CalibratedForecaster(ExponentialAverage(smoothing: 1), lead: 2)
    #expect(forecaster.forecast == nil)
    let issued = [10, 20, 30, 40.0].map { forecaster.observe($0)?.expected }
    #expect(issued == [nil, nil, 10, 20])
    forecaster.look(ahead: 1)
    let later = [50, 60.0].map { forecaster.observe($0)?.expected }
    #expect(later == [nil, 50])
  }

  @Test func `a bound is never negative, and never on the wrong side of what is expected`() throws {
    var forecaster = CalibratedForecaster(ExponentialAverage(smoothing: 0.5), lead: 1)
    var generator = SplitMix64(seed: 9)
    for _ in 0..<500 {
      forecaster.observe(
        .random(in: 0...3, using: &generator) * (Bool.random(using: &generator) ? 0 : 1)
      )
      let forecast = try #require(forecaster.forecast)
      #expect(0 <= forecast.lower && forecast.lower <= forecast.expected)
      #expect(forecast.expected <= forecast.upper)
    }
  }
}

@Suite struct DriftDetectorTests {
  private func drifts(_ load: [Double], after warmUp: Int, threshold: Double = 100) -> Bool {
    let model = TrainedForecaster.fitted(
      .holtWinters,
      to: Loads.wave(count: 1000, season: 100, noise: 5),
      step: .seconds(5),
      seasonLength: 100,
      lead: 2
    )
    var detector = model.driftDetector
    for example in ForecastEvaluation(of: model.forecaster(), on: load, from: warmUp).cases {
      detector.observe(example.reading, expected: example.forecast.expected)
    }
    return detector.hasDrifted
  }

  @Test(arguments: 2..<12 as Range<UInt64>)
  func `more of the same is no drift, a load four times as noisy is one`(seed: UInt64) {
    #expect(!drifts(Loads.wave(count: 5000, season: 100, noise: 5, seed: seed), after: 100))
    #expect(drifts(Loads.wave(count: 600, season: 100, noise: 20, seed: seed), after: 100))
  }
}
