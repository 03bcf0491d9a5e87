package import OrderedJSON

extension ModelConfiguration {
  /// Reads and checks a `config.json`.
  package init(json: JSON) throws(ModelError) {
    guard json.objectValue != nil else {
      throw .malformed(path: "config.json", reason: "it is \(json.kind), not an object")
    }
    let settings = SettingsReader(settings: json)
    if let quantization = settings.value("quantization_config") {
      let method = quantization["quant_method"]?.stringValue ?? quantization.kind
      throw .unsupported(
        feature: "quantization_config",
        found: method,
        supported: "unquantised checkpoints; weights are quantised at load (--weights)"
      )
    }
    let type = try settings.optionalString("model_type") ?? ""
    guard let family = ModelFamily.all.first(where: { $0.type == type }) else {
      throw .unsupported(
        feature: "model_type",
        found: type,
        supported: ModelFamily.all.map(\.type).joined(separator: ", ")
      )
    }
    try self.init(settings, family: family)
    try family.refine(&self, settings)
    try check()
  }

  /// What all families share, with the family's defaults.
  private init(_ settings: SettingsReader, family: ModelFamily) throws(ModelError) {
    let activation = try settings.optionalString("hidden_act") ?? "silu"
    guard activation == "silu" || activation == "swish" else {
      throw .unsupported(feature: "hidden_act", found: activation, supported: "silu")
    }
    self.family = family.type
    vocabularyCount = try settings.integer("vocab_size", in: 1...SettingsLimits.vocabulary)
    hiddenWidth = try settings.integer("hidden_size", in: 1...SettingsLimits.width)
    feedForwardWidth = try settings.integer("intermediate_size", in: 1...SettingsLimits.width)
    let epsilon = try settings.positiveNumber("rms_norm_eps", default: family.normEpsilon)
    normEpsilon = Float(epsilon)
    maximumPositionCount = try settings.integer(
      "max_position_embeddings",
      in: 1...SettingsLimits.positions,
      default: family.maximumPositionCount
    )
    tiesEmbeddings = try settings.flag("tie_word_embeddings", default: false)
    attention = try Attention(settings, family: family, hiddenWidth: hiddenWidth)
    layers = []
    let tokenRange = 0...(vocabularyCount - 1)
    beginOfTextID = try settings.optionalInteger("bos_token_id", in: tokenRange).map(Int32.init)
    endOfTextIDs = try settings.integers("eos_token_id", in: tokenRange).map(Int32.init)
    layers = try ModelConfiguration.layers(
      settings,
      family: family,
      headWidth: attention.headWidth,
      maximumPositionCount: maximumPositionCount
    )
  }

  private static func layers(
    _ settings: SettingsReader,
    family: ModelFamily,
    headWidth: Int,
    maximumPositionCount: Int
  ) throws(ModelError) -> [Layer] {
    let count = try settings.integer("num_hidden_layers", in: 1...SettingsLimits.layers)
    let types = try layerTypes(settings, family: family, count: count)
    let window =
      settings.settings["sliding_window"] == nil
      ? family.slidingWindow
      : try settings.optionalInteger("sliding_window", in: 0...SettingsLimits.positions)
    var rotaryOfType: [String: RotaryConfiguration] = [:]
    var layers: [Layer] = []
    for type in types {
      if rotaryOfType[type] == nil {
        rotaryOfType[type] = try RotaryConfiguration(
          settings,
          layerType: type,
          headWidth: headWidth,
          defaultTheta: family.rotaryTheta,
          maximumPositionCount: maximumPositionCount
        )
      }
      guard let rotary = rotaryOfType[type] else { continue }
      layers.append(
        Layer(
          window: type == slidingType && window != 0 ? window : nil,
          rotary: rotary,
          isMixture: false
        )
      )
    }
    return layers
  }

  private static let slidingType = "sliding_attention"
  private static let fullType = "full_attention"

  /// `layer_types` as it stands, or what the older keys amount to.
  private static func layerTypes(
    _ settings: SettingsReader,
    family: ModelFamily,
    count: Int
  ) throws(ModelError) -> [String] {
    if let found = settings.value("layer_types") {
      let types = found.arrayValue?.compactMap(\.stringValue) ?? []
      guard types.count == count, types.allSatisfy({ $0 == slidingType || $0 == fullType }) else {
        throw settings.fault(
          "layer_types",
          found,
          "\(count) entries, each '\(fullType)' or '\(slidingType)'"
        )
      }
      return types
    }
    switch family.windowRule {
    case .always: return Array(repeating: slidingType, count: count)
    case .whenSwitchedOn:
      guard try settings.flag("use_sliding_window", default: false) else { break }
      let fullCount = try settings.integer("max_window_layers", in: 0...count, default: count)
      return (0..<count).map { $0 >= fullCount ? slidingType : fullType }
    case .never: break
    }
    return Array(repeating: fullType, count: count)
  }

  private func check() throws(ModelError) {
    guard attention.headCount % attention.keyValueHeadCount == 0 else {
      throw .invalidSetting(
        key: "num_key_value_heads",
        found: "\(attention.keyValueHeadCount)",
        allowed: "a divisor of num_attention_heads (\(attention.headCount))"
      )
    }
    guard attention.headWidth % 2 == 0 else {
      throw .invalidSetting(
        key: "head_dim",
        found: "\(attention.headWidth)",
        allowed: "even, to rotate in pairs"
      )
    }
    if let mixture, mixture.topK > mixture.expertCount {
      throw .invalidSetting(
        key: "num_experts_per_tok",
        found: "\(mixture.topK)",
        allowed: "at most the number of experts (\(mixture.expertCount))"
      )
    }
  }
}

extension ModelConfiguration.Attention {
  fileprivate init(
    _ settings: SettingsReader,
    family: ModelFamily,
    hiddenWidth: Int
  ) throws(ModelError) {
    headCount = try settings.integer("num_attention_heads", in: 1...SettingsLimits.heads)
    keyValueHeadCount = try settings.integer(
      "num_key_value_heads",
      in: 1...headCount,
      default: family.keyValueHeadCount ?? headCount
    )
    if let width = try settings.optionalInteger("head_dim", in: 2...SettingsLimits.width)
      ?? family.headWidth
    {
      headWidth = width
    } else {
      guard hiddenWidth % headCount == 0 else {
        throw .invalidSetting(
          key: "hidden_size",
          found: "\(hiddenWidth)",
          allowed: "a multiple of num_attention_heads (\(headCount)) when head_dim is absent"
        )
      }
      headWidth = hiddenWidth / headCount
    }
  }
}
