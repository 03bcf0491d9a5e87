import OrderedJSON

extension ModelConfiguration {
  /// Resolves a `config.json`: checks every value and fills in what its family leaves out.
  init(_ reader: ConfigurationReader) throws(ModelError) {
    let family = try ModelFamily.named(by: reader)
    try Self.refuseUnsupported(reader)
    self.family = family.modelType
    vocabularyCount = try reader.integer("vocab_size", in: 1...ConfigurationLimits.vocabularyCount)
    hiddenWidth = try reader.integer("hidden_size", in: 1...ConfigurationLimits.hiddenWidth)
    headCount = try reader.integer("num_attention_heads", in: 1...ConfigurationLimits.headCount)
    (keyValueHeadCount, headWidth) = try Self.heads(
      reader,
      family,
      hiddenWidth: hiddenWidth,
      headCount: headCount
    )
    maximumPositionCount = try reader.integer(
      "max_position_embeddings",
      in: 1...ConfigurationLimits.positionCount,
      default: family.defaultPositionCount
    )
    normEpsilon = Float(
      try reader.number("rms_norm_eps", in: 0...1, default: family.defaultNormEpsilon)
    )
    tiesEmbeddings = try reader.bool("tie_word_embeddings", default: false)
    attention = try family.attention(reader)
    hasFeedForwardBias =
      family.hasFeedForwardBiasKey ? try reader.bool("mlp_bias", default: false) : false
    (layers, rotaries) = try Self.layers(reader, family, maximumPositionCount: maximumPositionCount)
    let vocabulary = vocabularyCount
    beginOfTextID = try reader.tokenIDs("bos_token_id", below: vocabulary)?.first
    endOfTextIDs =
      try reader.tokenIDs("eos_token_id", below: vocabulary)
      ?? family.defaultEndOfTextIDs.filter { $0 < vocabulary }
  }

  /// Refuses what would compute something else than the checkpoint means.
  private static func refuseUnsupported(_ reader: ConfigurationReader) throws(ModelError) {
    if let quantization = reader["quantization_config"] {
      throw .quantized(method: quantization["quant_method"]?.stringValue ?? "of unknown method")
    }
    for key in ["hidden_act", "hidden_activation"] {
      if let activation = reader[key], activation != .string("silu"), activation != .string("swish")
      {
        throw reader.invalid(key, activation, allowed: "\"silu\"")
      }
    }
    let rotated = try reader.number("partial_rotary_factor", in: 0...1, default: 1)
    guard rotated == 1 else {
      throw reader.invalid("partial_rotary_factor", reader["partial_rotary_factor"], allowed: "1")
    }
  }

  private static func heads(
    _ reader: ConfigurationReader,
    _ family: ModelFamily,
    hiddenWidth: Int,
    headCount: Int
  ) throws(ModelError) -> (keyValueHeadCount: Int, headWidth: Int) {
    let keyValueHeadCount = try reader.integer(
      "num_key_value_heads",
      in: 1...headCount,
      default: headCount
    )
    guard headCount.isMultiple(of: keyValueHeadCount) else {
      throw reader.invalid(
        "num_key_value_heads",
        reader["num_key_value_heads"],
        allowed: "a divisor of num_attention_heads, which is \(headCount)"
      )
    }
    let derived = hiddenWidth.isMultiple(of: headCount) ? hiddenWidth / headCount : nil
    if reader["head_dim"] == nil, family.defaultHeadWidth == nil, derived == nil {
      throw reader.invalid(
        "num_attention_heads",
        reader["num_attention_heads"],
        allowed: "a divisor of hidden_size, which is \(hiddenWidth), as head_dim is absent"
      )
    }
    let headWidth = try reader.integer(
      "head_dim",
      in: 2...ConfigurationLimits.headWidth,
      default: family.defaultHeadWidth ?? derived
    )
    guard headWidth.isMultiple(of: 2), headWidth <= ConfigurationLimits.headWidth else {
      throw reader.invalid("head_dim", .integer(headWidth), allowed: "even, at most 1024")
    }
    return (keyValueHeadCount, headWidth)
  }

  private static func layers(
    _ reader: ConfigurationReader,
    _ family: ModelFamily,
    maximumPositionCount: Int
  ) throws(ModelError) -> (layers: [LayerConfiguration], rotaries: [RotaryParameters]) {
    let count = try reader.integer("num_hidden_layers", in: 1...ConfigurationLimits.layerCount)
    let windows = try family.window.windows(reader, layerCount: count)
    let feedForwards = try family.feedForwards(reader, layerCount: count)
    let types = ["full_attention", "sliding_attention"]
    let rotaries = try RotaryParameters.read(
      reader,
      layerTypes: types,
      defaultBase: family.defaultRotaryBase,
      maximumPositionCount: maximumPositionCount
    )
    let isUniform = rotaries[0] == rotaries[1]
    let layers = (0..<count).map { index in
      LayerConfiguration(
        window: windows[index],
        rotaryIndex: isUniform || windows[index] == nil ? 0 : 1,
        feedForward: feedForwards[index]
      )
    }
    return (layers, isUniform ? [rotaries[0]] : rotaries)
  }
}
