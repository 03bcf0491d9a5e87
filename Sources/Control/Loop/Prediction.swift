package import Applications
package import OrderedCollections

/// What is expected of each service by the time that a replica ordered at once would serve.
package struct Prediction: Hashable, Sendable, Codable {
  package var services: OrderedDictionary<ServiceName, LoadForecast>

  package init(services: OrderedDictionary<ServiceName, LoadForecast> = [:]) {
    self.services = services
  }
}

/// A service's load after the horizon.
package struct LoadForecast: Hashable, Sendable, Codable {
  package var horizon: Duration
  /// Requests per second, as expected.
  package var expected: Double
  /// Requests per second that are exceeded one time in ten.
  package var upper: Double

  package init(horizon: Duration, expected: Double, upper: Double) {
    self.horizon = horizon
    self.expected = expected
    self.upper = upper
  }
}

/// Predicts load from what was observed; a pure value, like a policy.
package protocol Forecaster: Sendable {
  mutating func predict(from observation: Observation, _ profile: Profile) -> Prediction
}

/// Expects the latest load to stay: the forecast that every other one has to beat.
package struct PersistenceForecaster: Forecaster {
  package init() {}

  package func predict(from observation: Observation, _ profile: Profile) -> Prediction {
    var prediction = Prediction()
    for (name, service) in observation.services {
      guard let rate = service.signals[.requestRate] else { continue }
      prediction.services[name] = LoadForecast(
        horizon: profile.services[name]?.startupTime ?? .zero,
        expected: rate.value,
        upper: rate.value
      )
    }
    return prediction
  }
}
