import Learning
import Randomness
import TestSupport
import Testing

@testable import Forecasting

@Suite struct TrainedForecasterTests {
  private static let load = Loads.wave(count: 240, season: 24, noise: 2)

  private func forecaster(_ method: ForecastMethod) -> TrainedForecaster {
    guard let cell = method.cell else {
      return .fitted(method, to: Self.load, step: .seconds(5), seasonLength: 24, lead: 3)
    }
    let shape = NetworkShape(
      cell: cell,
      unitCount: 4,
      windowLength: 5,
      seasonLength: 24,
      horizon: 3
    )
    return TrainedForecaster(
      calibrating: .network(LoadNetwork(shape, seed: 1)),
      on: Self.load,
      step: .seconds(5),
      seasonLength: 24,
      lead: 3
    )
  }

  @Test(arguments: ForecastMethod.allCases)
  func `what is written is read again, and says where it comes from`(method: ForecastMethod) throws
  {
    let trained = forecaster(method)
    #expect(trained.method == method)
    let file = trained.file(provenance: "a test")
    #expect(try TrainedForecaster(reading: file) == trained)
    #expect(try TrainedForecaster.provenance(of: file) == "a test")
    #expect(trained.file(provenance: "a test") == file)
  }

  @Test func `a damaged file is refused, or read as something that can forecast`() {
    var generator = SplitMix64(seed: 11)
    let files = ForecastMethod.allCases.map { forecaster($0).file(provenance: "a test") }
    for number in 0..<FuzzCases.count {
      let file = ByteMutator().mutate(files[number % files.count], using: &generator)
      guard let read = try? TrainedForecaster(reading: file), read.seasonLength <= 1000 else {
        continue
      }
      var forecaster = read.forecaster()
      for reading in Self.load.prefix(30) { forecaster.observe(reading) }
      #expect(forecaster.forecast != nil, "case \(number)")
    }
  }

  @Test func `it begins with intervals as wide as training needed`() throws {
    let trained = forecaster(.seasonalNaive)
    var calibrated = trained.forecaster()
    var fresh = CalibratedForecaster(SeasonalNaive(seasonLength: 24), lead: 3)
    calibrated.observe(100)
    fresh.observe(100)
    let (one, other) = (try #require(calibrated.forecast), try #require(fresh.forecast))
    #expect(other.upper == 110, "a guess of a tenth")
    // Noise of deviation 2 on a wave: its 90 % quantile is 1.28 · 2 · √2.
    #expect((102...106).contains(one.upper), "\(one.upper)")
  }
}

@Suite struct SyntheticWeekTests {
  private let day = Loads.wave(count: 1440, season: 1440, level: 200)

  @Test func `the same seed makes the same week, another one another`() {
    #expect(SyntheticWeek(day: day, seed: 1).rates == SyntheticWeek(day: day, seed: 1).rates)
    #expect(SyntheticWeek(day: day, seed: 1).rates != SyntheticWeek(day: day, seed: 2).rates)
  }

  @Test func `it has seven days, of which two are lower and flatter`() {
    var week = SyntheticWeek(day: day, seed: 3)
    week.levelDeviation = 0
    let rates = week.rates
    #expect(rates.count == 7 * day.count)
    func mean(_ day: Int) -> Double {
      rates[(day * 1440)..<((day + 1) * 1440)].reduce(0, +) / 1440
    }
    func range(_ day: Int) -> Double {
      let part = rates[(day * 1440 + 300)..<((day + 1) * 1440 - 300)]
      return (part.max() ?? 0) - (part.min() ?? 0)
    }
    #expect(abs(mean(1) - 200) < 10)
    #expect(abs(mean(6) - 140) < 15)
    #expect(range(6) < 0.7 * range(1))
  }

  @Test func `a step's reading is the mean over its seconds`() {
    let week = SyntheticWeek(day: day, seed: 3)
    let (seconds, steps) = (week.rates, week.rates(step: 10))
    #expect(steps.count == seconds.count / 10)
    #expect(abs(steps[7] - seconds[70..<80].reduce(0, +) / 10) < 1e-9)
  }
}
