extension ModelFamily {
  /// Qwen 3: queries and keys normalised per head; heads times head width need not be the hidden width.
  static let qwen3 = ModelFamily(
    type: "qwen3",
    maximumPositionCount: 32_768,
    headWidth: 128,
    windowRule: .whenSwitchedOn,
    refine: { (model, settings) throws(ModelError) in
      model.attention.norm = .perHead
      model.attention.hasBias = try settings.flag("attention_bias", default: false)
      model.attention.hasOutputBias = model.attention.hasBias
    }
  )
}
