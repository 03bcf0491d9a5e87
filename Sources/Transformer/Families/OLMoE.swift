extension ModelFamily {
  /// OLMoE: every layer a mixture; queries and keys normalised before they are split into heads.
  static let olmoe = ModelFamily(
    type: "olmoe",
    normEpsilon: 1e-5,
    maximumPositionCount: 4096,
    refine: { (model, settings) throws(ModelError) in
      model.attention.norm = .wholeProjection
      model.attention.hasBias = try settings.flag("attention_bias", default: false)
      model.attention.hasOutputBias = model.attention.hasBias
      model.attention.clip = try settings.optionalPositiveNumber("clip_qkv").map { Float($0) }
      model.mixture = .init(
        expertCount: try settings.integer(
          "num_experts",
          in: 1...SettingsLimits.experts,
          default: settings.optionalInteger("num_local_experts", in: 1...SettingsLimits.experts)
            ?? 64
        ),
        topK: try settings.integer(
          "num_experts_per_tok",
          in: 1...SettingsLimits.experts,
          default: 8
        ),
        expertWidth: model.feedForwardWidth,
        sharedExpertWidth: nil,
        normalizesWeights: try settings.flag("norm_topk_prob", default: false)
      )
      for index in model.layers.indices { model.layers[index].isMixture = true }
    }
  )
}
