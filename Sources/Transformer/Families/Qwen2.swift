extension ModelFamily {
  /// Qwen 1.5, 2 and 2.5: biases on queries, keys and values, which no key announces.
  static let qwen2 = ModelFamily(
    modelType: "qwen2",
    defaultPositionCount: 32_768,
    window: .onDemand { layer, maximumWindowLayers in layer >= maximumWindowLayers },
    attention: { (_) throws(ModelError) in
      var variant = AttentionVariant()
      variant.hasQueryKeyValueBias = true
      return variant
    }
  )
}
