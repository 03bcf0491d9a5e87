import OrderedJSON

/// What one model family adds to the decoder that all share, and the defaults of keys its files may lack.
///
/// A new family is a file with a static value like those beside this one, and a line in ``all``.
struct ModelFamily: Sendable {
  /// The families that can be served.
  static let all: [ModelFamily] = [
    .llama, .mistral, .qwen2, .qwen3, .mixtral, .qwen2MoE, .qwen3MoE, .olmoe,
  ]

  /// `model_type` in config.json.
  let modelType: String
  /// Defaults are those of the reference implementation's configuration classes.
  var defaultPositionCount: Int
  var defaultNormEpsilon = 1e-6
  var defaultRotaryBase = 10_000.0
  /// Nil: hidden width divided by heads.
  var defaultHeadWidth: Int?
  var defaultEndOfTextIDs: [Int32] = []
  var hasFeedForwardBiasKey = false
  var window = WindowRule.never
  var mixture: MixtureRule?
  var attention: @Sendable (ConfigurationReader) throws(ModelError) -> AttentionVariant = {
    (_) throws(ModelError) in AttentionVariant()
  }

  static func named(by reader: ConfigurationReader) throws(ModelError) -> ModelFamily {
    let found = reader["model_type"]
    guard let family = all.first(where: { .string($0.modelType) == found }) else {
      throw .unsupportedFamily(
        found: found.map { String($0.text.prefix(80)) } ?? "absent",
        supported: all.map(\.modelType)
      )
    }
    return family
  }

  /// The family of a configuration, which was read through ``named(by:)``.
  static func of(_ configuration: ModelConfiguration) -> ModelFamily {
    guard let family = all.first(where: { $0.modelType == configuration.family }) else {
      preconditionFailure("no family \(configuration.family)")
    }
    return family
  }

  /// The feed-forward block of every layer.
  func feedForwards(
    _ reader: ConfigurationReader,
    layerCount: Int
  ) throws(ModelError) -> [FeedForwardConfiguration] {
    if let mixture { return try mixture.feedForwards(reader, layerCount: layerCount) }
    let width = try reader.integer(
      "intermediate_size",
      in: 1...ConfigurationLimits.feedForwardWidth
    )
    return Array(repeating: .dense(width: width), count: layerCount)
  }
}

extension AttentionVariant {
  /// Biases on all four projections if `attention_bias` says so, and no norm.
  static func biased(by reader: ConfigurationReader) throws(ModelError) -> AttentionVariant {
    var variant = AttentionVariant()
    variant.hasQueryKeyValueBias = try reader.bool("attention_bias", default: false)
    variant.hasOutputBias = variant.hasQueryKeyValueBias
    return variant
  }
}
