import Applications
import Control
import OrderedCollections
import Testing

@testable import Forecasting

@Suite struct SteppedSeriesTests {
  @Test func `rates of any length become readings of equal steps`() {
    var series = SteppedSeries(step: .seconds(10))
    let rates: [(rate: Double, seconds: Int)] = [(4, 5), (8, 5), (3, 25), (9, 5), (1, 0)]
    let readings = rates.map { series.add($0.rate, for: .seconds($0.seconds)) }
    #expect(readings == [[], [6], [3, 3], [6], []])
  }
}

@Suite struct ServiceForecasterTests {
  private func observation(at second: Int, _ rates: [ServiceName: Double]) -> Observation {
    var observation = Observation(time: .seconds(second))
    for (name, rate) in rates.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      observation.services[name] = ServiceObservation(
        desiredReplicaCount: 1,
        resources: Resources(ResourceAmount(cpu: Millicores(100), memory: .mebibytes(64))),
        signals: [.requestRate: Signal(rate, .requestsPerSecond, window: .seconds(5))]
      )
    }
    return observation
  }

  @Test func `it looks as far ahead as each service takes to start`() throws {
    // A ramp through the season: what is n steps on is known from the season before.
    var forecaster = ServiceForecaster(step: .seconds(5)) { SeasonalNaive(seasonLength: 20) }
    let profile = Profile(services: [
      "quick": ServiceProfile(startupTime: .seconds(3)),
      "slow": ServiceProfile(startupTime: .seconds(21)),
    ])
    var prediction = Prediction()
    for step in 1...40 {
      let rate = Double(step % 20)
      prediction = forecaster.predict(
        from: observation(at: 5 * step, ["quick": rate, "slow": rate]),
        profile
      )
    }
    // The latest reading is the 40th: 0. One step on lies 1, five steps on 5.
    let quick = try #require(prediction.services["quick"])
    let slow = try #require(prediction.services["slow"])
    #expect(quick.expected == 1 && quick.horizon == .seconds(3))
    #expect(slow.expected == 5 && slow.horizon == .seconds(21))
    #expect(quick.upper >= quick.expected)
  }

  @Test func `a service without a measured rate has no forecast`() {
    var forecaster = ServiceForecaster(step: .seconds(5)) { ExponentialAverage(smoothing: 1) }
    var silent = observation(at: 5, ["a": 1])
    silent.services["a"]?.signals[.requestRate] = nil
    #expect(forecaster.predict(from: silent, Profile()).services.isEmpty)
  }

  @Test func `a trained forecaster that has drifted gives way to a moving average`() throws {
    let trained = TrainedForecaster.fitted(
      .seasonalNaive,
      to: Loads.wave(count: 400, season: 40, noise: 1),
      step: .seconds(5),
      seasonLength: 40,
      lead: 1
    )
    var forecaster = ServiceForecaster(trained)
    var latest: LoadForecast?
    // A season of the known load, then one of another kind: it jumps every seven readings.
    let known = Loads.wave(count: 80, season: 40, noise: 1, seed: 3)
    let strange = (0..<200).map { $0 / 7 % 2 == 0 ? 20.0 : 300 }
    for (step, rate) in (known + strange).enumerated() {
      let prediction = forecaster.predict(
        from: observation(at: 5 * (step + 1), ["a": rate]),
        Profile()
      )
      latest = prediction.services["a"]
      if step == known.count - 1 { #expect(forecaster.drifted.isEmpty) }
    }
    #expect(forecaster.drifted == ["a"])
    var average = ExponentialAverage(smoothing: 0.5)
    for rate in known + strange { average.observe(rate) }
    let expected = try #require(average.forecast(after: 1)?.expected)
    #expect(abs((latest?.expected ?? 0) - expected) < 1e-9)
  }
}
