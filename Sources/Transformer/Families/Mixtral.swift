extension ModelFamily {
  /// Mistral with every feed-forward block a mixture whose weights always sum to one.
  static let mixtral = ModelFamily(
    modelType: "mixtral",
    defaultPositionCount: 131_072,
    defaultNormEpsilon: 1e-5,
    defaultRotaryBase: 1_000_000,
    defaultEndOfTextIDs: [2],
    window: .always(defaultLength: nil),
    mixture: MixtureRule(
      expertCountKeys: ["num_local_experts", "num_experts"],
      defaultExpertCount: 8,
      defaultTopK: 2,
      expertWidthKey: "intermediate_size",
      normalization: .always,
      names: MixtureTensorNames(
        blocks: ["block_sparse_moe", "mlp"],
        gate: "w1",
        up: "w3",
        down: "w2"
      )
    )
  )
}
