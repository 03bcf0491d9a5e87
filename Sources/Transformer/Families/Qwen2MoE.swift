extension ModelFamily {
  /// Qwen 1.5 and 2 mixtures: an expert shared by all tokens, behind a gate of its own.
  static let qwen2MoE = ModelFamily(
    modelType: "qwen2_moe",
    defaultPositionCount: 32_768,
    // The reference implementation windows every second of the first layers; published files use no window.
    window: .onDemand { layer, maximumWindowLayers in
      layer.isMultiple(of: 2) && layer < maximumWindowLayers
    },
    mixture: MixtureRule(
      expertCountKeys: ["num_experts"],
      defaultExpertCount: 60,
      defaultTopK: 4,
      expertWidthKey: "moe_intermediate_size",
      defaultExpertWidth: 1408,
      sharedExpertWidthKey: "shared_expert_intermediate_size",
      defaultSharedExpertWidth: 5632,
      mayHaveDenseLayers: true
    ),
    attention: { (reader) throws(ModelError) in
      var variant = AttentionVariant()
      variant.hasQueryKeyValueBias = try reader.bool("qkv_bias", default: true)
      return variant
    }
  )
}
