extension ModelFamily {
  /// Qwen 3: every head of queries and keys is normalised before rotation; head width is a key of its own.
  static let qwen3 = ModelFamily(
    modelType: "qwen3",
    defaultPositionCount: 32_768,
    defaultHeadWidth: 128,
    window: .onDemand { layer, maximumWindowLayers in layer >= maximumWindowLayers },
    attention: AttentionVariant.normalizedPerHead(by:)
  )
}

extension AttentionVariant {
  /// ``biased(by:)`` with a norm on every head of queries and keys.
  static func normalizedPerHead(by reader: ConfigurationReader) throws(ModelError) -> Self {
    var variant = try biased(by: reader)
    variant.queryKeyNorm = .perHead
    return variant
  }
}
