extension ModelFamily {
  /// Llama 2 and 3, and models of the same shape such as SmolLM2.
  static let llama = ModelFamily(
    type: "llama",
    maximumPositionCount: 2048,
    refine: { (model, settings) throws(ModelError) in
      model.attention.hasBias = try settings.flag("attention_bias", default: false)
      model.attention.hasOutputBias = model.attention.hasBias
      model.feedForwardHasBias = try settings.flag("mlp_bias", default: false)
    }
  )
}
