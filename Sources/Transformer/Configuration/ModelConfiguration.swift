/// The largest values a configuration may hold: far above any real model, low enough that sizes never overflow.
enum SettingsLimits {
  static let width = 1 << 18
  static let layers = 1 << 12
  static let heads = 1 << 12
  static let experts = 1 << 14
  static let vocabulary = 1 << 24
  static let positions = 1 << 28
}

/// What a decoder is made of; every number is checked, so the rest of the module trusts it.
package struct ModelConfiguration: Hashable, Sendable {
  /// Normalisation of queries and keys before rotation.
  package enum QueryKeyNorm: Hashable, Sendable {
    case none
    /// Each head by itself (Qwen3).
    case perHead
    /// The whole projection before it is split into heads (OLMoE).
    case wholeProjection
  }

  package struct Attention: Hashable, Sendable {
    package var headCount: Int
    package var keyValueHeadCount: Int
    package var headWidth: Int
    package var hasBias = false
    package var hasOutputBias = false
    package var norm = QueryKeyNorm.none
    /// Queries, keys and values are clamped to ±`clip` (OLMoE).
    package var clip: Float?

    package var queryWidth: Int { headCount * headWidth }
    package var keyValueWidth: Int { keyValueHeadCount * headWidth }
  }

  package struct Mixture: Hashable, Sendable {
    package var expertCount: Int
    /// Experts per token.
    package var topK: Int
    package var expertWidth: Int
    /// Width of the expert that every token passes, gated (Qwen2-MoE).
    package var sharedExpertWidth: Int?
    /// Whether the weights of a token's experts are scaled to sum to one.
    package var normalizesWeights: Bool
  }

  /// What differs from layer to layer.
  package struct Layer: Hashable, Sendable {
    /// How many latest positions a token sees; nil is all.
    package var window: Int?
    package var rotary: RotaryConfiguration
    package var isMixture: Bool
  }

  /// Name of the model family, as in `model_type`.
  package var family: String
  package var vocabularyCount: Int
  package var hiddenWidth: Int
  /// Width of the dense feed-forward blocks.
  package var feedForwardWidth: Int
  package var feedForwardHasBias = false
  package var normEpsilon: Float
  package var maximumPositionCount: Int
  /// Whether the head is the embedding table.
  package var tiesEmbeddings: Bool
  package var attention: Attention
  package var mixture: Mixture?
  package var layers: [Layer]
  package var beginOfTextID: Int32?
  /// Tokens that end a text.
  package var endOfTextIDs: [Int32]
}
