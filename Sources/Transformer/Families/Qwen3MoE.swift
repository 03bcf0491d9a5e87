extension ModelFamily {
  /// Qwen 3 mixtures: attention as Qwen 3, no shared expert.
  static let qwen3MoE = ModelFamily(
    modelType: "qwen3_moe",
    defaultPositionCount: 32_768,
    window: .onDemand { _, _ in true },
    mixture: MixtureRule(
      expertCountKeys: ["num_experts", "num_local_experts"],
      defaultExpertCount: 128,
      defaultTopK: 8,
      expertWidthKey: "moe_intermediate_size",
      defaultExpertWidth: 768,
      mayHaveDenseLayers: true
    ),
    attention: AttentionVariant.normalizedPerHead(by:)
  )
}
