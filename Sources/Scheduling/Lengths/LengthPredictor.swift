/// Predicts how long answers become, so that memory and time can be planned; a wrong prediction never cuts one short.
package protocol LengthPredictor: Sendable {
  /// Before the prompt is computed, from what is known of the request.
  func predict(_ profile: Profile) -> LengthForecast

  /// Once the prompt is computed, from what the engine found out about it: a vector of any meaning.
  func refine(_ profile: Profile, features: [Float]) -> LengthForecast

  /// Takes in how long an answer became; `features` are those of the refinement, if there was one.
  mutating func learn(_ profile: Profile, features: [Float], newTokenCount: Int)

  /// How the forecasts turned out, where somebody keeps count.
  var accuracy: [LengthProfiler.Source: LengthProfiler.Accuracy] { get }
}

extension LengthPredictor {
  package var accuracy: [LengthProfiler.Source: LengthProfiler.Accuracy] { [:] }

  package func refine(_ profile: Profile, features: [Float]) -> LengthForecast { profile.forecast }

  package mutating func learn(_ profile: Profile, features: [Float], newTokenCount: Int) {}
}

/// Expects every answer to use all that its request allows.
package struct MaximumLength: LengthPredictor {
  package init() {}

  package func predict(_ profile: Profile) -> LengthForecast {
    LengthForecast(
      expected: profile.maximumNewTokenCount,
      upperBound: profile.maximumNewTokenCount
    )
  }
}

/// Knows the truth where a replayed trace tells it: the bound for every real predictor.
package struct TrueLength: LengthPredictor {
  package init() {}

  package func predict(_ profile: Profile) -> LengthForecast {
    let length = min(
      profile.trueNewTokenCount ?? profile.maximumNewTokenCount,
      profile.maximumNewTokenCount
    )
    return LengthForecast(expected: length, upperBound: length)
  }
}
