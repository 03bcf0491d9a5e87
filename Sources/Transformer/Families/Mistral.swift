extension ModelFamily {
  /// Mistral: Llama with a sliding window in every layer, 4,096 positions where the file does not mention it.
  static let mistral = ModelFamily(
    type: "mistral",
    maximumPositionCount: 131_072,
    keyValueHeadCount: 8,
    slidingWindow: 4096,
    windowRule: .always,
    refine: { (_, _) throws(ModelError) in }
  )
}
