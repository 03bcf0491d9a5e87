extension ModelFamily {
  /// Mixtral: every layer a mixture of experts of the feed-forward width, weights always normalised.
  static let mixtral = ModelFamily(
    type: "mixtral",
    normEpsilon: 1e-5,
    rotaryTheta: 1_000_000,
    maximumPositionCount: 131_072,
    keyValueHeadCount: 8,
    windowRule: .always,
    refine: { (model, settings) throws(ModelError) in
      model.mixture = .init(
        expertCount: try settings.integer(
          "num_local_experts",
          in: 1...SettingsLimits.experts,
          default: settings.optionalInteger("num_experts", in: 1...SettingsLimits.experts) ?? 8
        ),
        topK: try settings.integer(
          "num_experts_per_tok",
          in: 1...SettingsLimits.experts,
          default: 2
        ),
        expertWidth: model.feedForwardWidth,
        sharedExpertWidth: nil,
        normalizesWeights: true
      )
      for index in model.layers.indices { model.layers[index].isMixture = true }
    }
  )
}
