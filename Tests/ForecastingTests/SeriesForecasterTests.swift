import Testing

@testable import Forecasting

@Suite struct RecentReadingsTests {
  @Test func `they remember as many as they have room for, the latest first`() {
    var readings = RecentReadings(capacity: 3)
    #expect(readings[ago: 0] == nil)
    for reading in 1...5 { readings.append(Double(reading)) }
    #expect((0...3).map { readings[ago: $0] } == [5, 4, 3, nil])
    #expect(readings[ago: -1] == nil)
  }
}

@Suite struct SeasonalNaiveTests {
  @Test func `it expects what was a season ago`() {
    var forecaster = SeasonalNaive(seasonLength: 4)
    #expect(forecaster.forecast(after: 1) == nil)
    for reading in [1, 2, 3, 4, 5.0] { forecaster.observe(reading) }
    // The season's last four readings are 2, 3, 4, 5.
    let forecasts = (1...9).map { forecaster.forecast(after: $0)?.expected }
    #expect(forecasts == [2, 3, 4, 5, 2, 3, 4, 5, 2])
  }

  @Test func `through the first season the latest reading stays`() {
    var forecaster = SeasonalNaive(seasonLength: 4)
    for reading in [7, 8.0] { forecaster.observe(reading) }
    #expect(forecaster.forecast(after: 1)?.expected == 8)
  }
}

@Suite struct ExponentialAverageTests {
  @Test func `each reading counts by its weight`() {
    var forecaster = ExponentialAverage(smoothing: 0.25)
    for reading in [8, 16, 0.0] { forecaster.observe(reading) }
    // 8, then 8 + 0.25 · 8 = 10, then 10 - 0.25 · 10.
    #expect(forecaster.forecast(after: 1)?.expected == 7.5)
    #expect(forecaster.forecast(after: 9)?.expected == 7.5)
  }

  @Test func `noise without a trend asks for much smoothing, a random walk for none`() {
    let noise = Loads.wave(count: 400, season: 100, swing: 0, noise: 5)
    #expect(ExponentialAverage.fitted(to: noise, lead: 1).smoothing <= 0.1)
    var walk = [1000.0]
    for reading in noise { walk.append(walk[walk.count - 1] + reading - 100) }
    #expect(ExponentialAverage.fitted(to: walk, lead: 1).smoothing >= 0.85)
  }
}

@Suite struct HoltWintersTests {
  @Test func `a season that grows with its level is foreseen after the first`() {
    let season = 24
    let load = Loads.wave(count: 10 * season, season: season).enumerated()
      .map { $1 * (1 + 0.002 * Double($0)) }
    var forecaster = HoltWinters(seasonLength: season)
    var worst = 0.0
    for (step, reading) in load.enumerated() {
      forecaster.observe(reading)
      guard step >= 4 * season, step + 3 < load.count else { continue }
      let expected = forecaster.forecast(after: 3)?.expected ?? 0
      worst = max(worst, abs(expected - load[step + 3]) / load[step + 3])
    }
    #expect(worst < 0.05)
  }

  @Test func `a trend without a season is followed, damped`() {
    var forecaster = HoltWinters(
      .init(level: 0.8, trend: 0.3, season: 0, damping: 0.95),
      seasonLength: 1000
    )
    for step in 0..<100 { forecaster.observe(100 + 2 * Double(step)) }
    let ahead = (forecaster.forecast(after: 5)?.expected ?? 0) - 298
    #expect((6...10).contains(ahead), "\(ahead) of 10")
  }

  @Test func `a season without load is no season`() {
    var forecaster = HoltWinters(seasonLength: 4)
    for _ in 0..<20 { forecaster.observe(0) }
    #expect((forecaster.forecast(after: 2)?.expected ?? .nan) < 1e-9)
    for _ in 0..<20 { forecaster.observe(50) }
    let expected = forecaster.forecast(after: 1)?.expected ?? .nan
    #expect(expected.isFinite && abs(expected - 50) < 10, "\(expected)")
  }

  @Test func `of all smoothings it is fitted with the one that errs least`() {
    let load = Loads.wave(count: 480, season: 48, noise: 3)
    let fitted = HoltWinters.fitted(to: load, lead: 2, seasonLength: 48)
    func error(_ smoothing: HoltWinters.Smoothing) -> Double {
      let forecaster = HoltWinters(smoothing, seasonLength: 48)
      return ForecastEvaluation(of: .init(forecaster, lead: 2), on: load, from: 96).absoluteError
    }
    #expect(error(fitted.smoothing) <= error(.init(level: 0.9, trend: 0.1, season: 0.5)))
  }
}
