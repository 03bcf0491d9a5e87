extension ModelFamily {
  /// Llama 2 and 3, SmolLM2, and the many checkpoints in their form.
  static let llama = ModelFamily(
    modelType: "llama",
    defaultPositionCount: 2048,
    defaultEndOfTextIDs: [2],
    hasFeedForwardBiasKey: true,
    attention: AttentionVariant.biased(by:)
  )
}
