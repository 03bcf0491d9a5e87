package import Applications

/// Decides what to change.
///
/// A pure value: the same situations, in the same order, make the same decisions.
/// State lives inside the value; chance comes from a generator inside it, seeded from ``PolicySetting/seed``.
/// A policy reads no clock, does no I/O and never iterates an unordered collection.
package protocol Policy: Sendable {
  static var descriptor: PolicyDescriptor { get }

  /// What should change now. Services it does not name stay as they are.
  mutating func decide(on situation: Situation) -> Decision
}

extension Policy {
  package var descriptor: PolicyDescriptor { Self.descriptor }
}

/// What a policy is shown at a tick.
package struct Situation: Hashable, Sendable, Codable {
  package var observation: Observation
  package var profile: Profile
  package var prediction: Prediction

  package init(
    observation: Observation,
    profile: Profile = Profile(),
    prediction: Prediction = Prediction()
  ) {
    self.observation = observation
    self.profile = profile
    self.prediction = prediction
  }

  /// Time since the world began.
  package var time: Duration { observation.time }
}

/// What a policy is made from.
package struct PolicySetting: Sendable {
  package var application: Application
  /// The policy's own parameters, as `--policies hpa:target=0.6` gives them.
  package var parameters: PolicyParameters
  package var seed: UInt64
  /// The load to come, for policies that are allowed to know it; nil outside experiments.
  package var foresight: LoadForesight?
  /// A forecaster that was trained beforehand, for policies that ask for one.
  package var forecaster: (any Forecaster)?
  /// Services whose latency was measured, for policies that plan by it.
  package var curves: [ServiceName: LoadLatencyCurve]

  package init(
    application: Application,
    parameters: PolicyParameters = PolicyParameters(),
    seed: UInt64 = 0,
    foresight: LoadForesight? = nil,
    forecaster: (any Forecaster)? = nil,
    curves: [ServiceName: LoadLatencyCurve] = [:]
  ) {
    self.application = application
    self.parameters = parameters
    self.seed = seed
    self.foresight = foresight
    self.forecaster = forecaster
    self.curves = curves
  }
}

/// The rate at which requests will enter the application, step by step.
package struct LoadForesight: Hashable, Sendable, Codable {
  package var step: Duration
  /// Requests per second over all entry points, one number a step, from time zero.
  package var requestsPerSecond: [Double]

  package init(step: Duration, requestsPerSecond: [Double]) {
    precondition(step > .zero, "a step of \(step)")
    self.step = step
    self.requestsPerSecond = requestsPerSecond
  }

  /// The highest rate between two moments; zero beyond the end.
  package func peak(from start: Duration, through end: Duration) -> Double {
    let first = max(0, Int(start / step))
    let last = min(requestsPerSecond.count - 1, Int(end / step))
    return first <= last ? requestsPerSecond[first...last].max() ?? 0 : 0
  }
}
