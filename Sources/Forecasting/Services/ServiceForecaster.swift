package import Applications
package import Control
import OrderedCollections

/// Forecasts the load of every service over its own measured start-up time: what a replica ordered now will meet.
///
/// Each service has a forecaster of its own, all of one kind; the forecast looks as many whole steps ahead as a start of
/// the service takes. A learned forecaster that has drifted from a service's load gives way to a moving average there,
/// until somebody trains it again.
package struct ServiceForecaster: Forecaster {
  private let step: Duration
  private let make: @Sendable () -> CalibratedForecaster
  private let detector: DriftDetector?
  private var tracks: OrderedDictionary<ServiceName, Track> = [:]
  private var latest: Duration?

  /// What is kept of one service.
  private struct Track: Sendable {
    var series: SteppedSeries
    var forecaster: CalibratedForecaster
    /// Follows along, for the day on which the forecaster drifts.
    var standIn = CalibratedForecaster(ExponentialAverage(smoothing: 0.5), lead: 1)
    var detector: DriftDetector?

    /// Adds a rate that held for so long, and forecasts.
    mutating func follow(_ rate: Double, for duration: Duration, lead: Int) -> ForecastInterval? {
      forecaster.look(ahead: lead)
      standIn.look(ahead: lead)
      for reading in series.add(rate, for: duration) {
        if let forecast = forecaster.observe(reading) {
          detector?.observe(reading, expected: forecast.expected)
        }
        standIn.observe(reading)
      }
      return detector?.hasDrifted == true ? standIn.forecast : forecaster.forecast
    }
  }

  /// Forecasters that have learnt nothing beforehand.
  package init(
    step: Duration,
    _ make: @escaping @Sendable () -> any SeriesForecaster
  ) {
    precondition(step > .zero, "a step of \(step)")
    self.step = step
    self.make = { CalibratedForecaster(make(), lead: 1) }
    detector = nil
  }

  /// One trained forecaster for all.
  package init(_ trained: TrainedForecaster) {
    step = trained.step
    make = { trained.forecaster() }
    detector = trained.driftDetector
  }

  /// The services whose load the trained forecaster no longer foresees as well as it did in training.
  package var drifted: [ServiceName] {
    tracks.filter { $0.value.detector?.hasDrifted == true }.map(\.key)
  }

  package mutating func predict(from observation: Observation, _ profile: Profile) -> Prediction {
    var prediction = Prediction()
    let elapsed = latest.map { observation.time - $0 }
    latest = observation.time
    for (name, service) in observation.services {
      guard let rate = service.signals[.requestRate] else { continue }
      let horizon = profile.services[name]?.startupTime ?? .zero
      let fresh = Track(
        series: SteppedSeries(step: step),
        forecaster: make(),
        detector: detector
      )
      let forecast = tracks[name, default: fresh]
        .follow(
          rate.value,
          for: elapsed ?? rate.window,
          lead: max(Int((horizon / step).rounded(.up)), 1)
        )
      prediction.services[name] = LoadForecast(
        horizon: horizon,
        expected: forecast?.expected ?? rate.value,
        upper: forecast?.upper ?? rate.value
      )
    }
    return prediction
  }
}
