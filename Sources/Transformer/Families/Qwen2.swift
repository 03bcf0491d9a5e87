extension ModelFamily {
  /// Qwen 2 and 2.5: biases on queries, keys and values, though no key of the file says so.
  static let qwen2 = ModelFamily(
    type: "qwen2",
    maximumPositionCount: 32_768,
    windowRule: .whenSwitchedOn,
    refine: { (model, _) throws(ModelError) in model.attention.hasBias = true }
  )
}
