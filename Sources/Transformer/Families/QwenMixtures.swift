extension ModelFamily {
  /// Qwen1.5-MoE and Qwen2-MoE: small experts beside a gated expert that every token passes.
  static let qwen2Mixture = ModelFamily(
    type: "qwen2_moe",
    maximumPositionCount: 32_768,
    windowRule: .whenSwitchedOn,
    refine: { (model, settings) throws(ModelError) in
      model.attention.hasBias = try settings.flag("qkv_bias", default: true)
      try model.readQwenMixture(settings, expertCount: 60, topK: 4, expertWidth: 1408)
      model.mixture?.sharedExpertWidth = try settings.integer(
        "shared_expert_intermediate_size",
        in: 1...SettingsLimits.width,
        default: 5632
      )
    }
  )

  /// Qwen3-MoE: Qwen 3 attention over mixtures without a shared expert.
  static let qwen3Mixture = ModelFamily(
    type: "qwen3_moe",
    maximumPositionCount: 32_768,
    keyValueHeadCount: 4,
    windowRule: .whenSwitchedOn,
    refine: { (model, settings) throws(ModelError) in
      model.attention.norm = .perHead
      model.attention.hasBias = try settings.flag("attention_bias", default: false)
      model.attention.hasOutputBias = model.attention.hasBias
      try model.readQwenMixture(settings, expertCount: 128, topK: 8, expertWidth: 768)
    }
  )
}

extension ModelConfiguration {
  /// The keys that Qwen's mixtures share; a layer is a mixture unless it is listed or skipped by the step.
  fileprivate mutating func readQwenMixture(
    _ settings: SettingsReader,
    expertCount: Int,
    topK: Int,
    expertWidth: Int
  ) throws(ModelError) {
    let experts = 1...SettingsLimits.experts
    mixture = Mixture(
      expertCount: try settings.integer(
        "num_experts",
        in: experts,
        default: settings.optionalInteger("num_local_experts", in: experts) ?? expertCount
      ),
      topK: try settings.integer("num_experts_per_tok", in: experts, default: topK),
      expertWidth: try settings.integer(
        "moe_intermediate_size",
        in: 1...SettingsLimits.width,
        default: expertWidth
      ),
      sharedExpertWidth: nil,
      normalizesWeights: try settings.flag("norm_topk_prob", default: false)
    )
    let step = try settings.integer(
      "decoder_sparse_step",
      in: 1...SettingsLimits.layers,
      default: 1
    )
    let dense = Set(try settings.integers("mlp_only_layers", in: 0...SettingsLimits.layers))
    for index in layers.indices {
      layers[index].isMixture = !dense.contains(index) && (index + 1) % step == 0
    }
  }
}
