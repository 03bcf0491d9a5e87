extension ModelFamily {
  /// Llama with a sliding window; version 0.1 sets its length, later ones null.
  static let mistral = ModelFamily(
    modelType: "mistral",
    defaultPositionCount: 131_072,
    defaultEndOfTextIDs: [2],
    window: .always(defaultLength: 4096)
  )
}
