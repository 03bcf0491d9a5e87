extension ModelFamily {
  /// OLMoE: queries and keys normalised over the whole projection, optionally clamped.
  static let olmoe = ModelFamily(
    modelType: "olmoe",
    defaultPositionCount: 4096,
    defaultNormEpsilon: 1e-5,
    defaultEndOfTextIDs: [50_279],
    mixture: MixtureRule(
      expertCountKeys: ["num_experts", "num_local_experts"],
      defaultExpertCount: 64,
      defaultTopK: 8,
      expertWidthKey: "intermediate_size"
    ),
    attention: { (reader) throws(ModelError) in
      var variant = try AttentionVariant.biased(by: reader)
      variant.queryKeyNorm = .wholeProjection
      if reader["clip_qkv"] != nil {
        variant.clip = Float(try reader.number("clip_qkv", in: 1e-6...1e6))
      }
      return variant
    }
  )
}
