/// The sizes and switches of a decoder-only transformer, resolved from `config.json`: no key is optional any
/// more and no family's default is left to remember.
package struct ModelConfiguration: Sendable, Hashable {
  /// The value of `model_type`.
  package var family: String
  package var vocabularyCount: Int
  package var hiddenWidth: Int
  package var headCount: Int
  package var keyValueHeadCount: Int
  /// Not always `hiddenWidth / headCount`.
  package var headWidth: Int
  package var maximumPositionCount: Int
  package var normEpsilon: Float
  /// Whether the head uses the embedding's table.
  package var tiesEmbeddings: Bool
  package var attention: AttentionVariant
  package var hasFeedForwardBias: Bool
  /// The distinct rotary embeddings; nearly always one.
  package var rotaries: [RotaryParameters]
  package var layers: [LayerConfiguration]
  package var beginOfTextID: Int32?
  package var endOfTextIDs: [Int32]
  /// Stand-ins for groups of experts, where the folder has some and they were asked for.
  package var united: UnitedExperts?

  /// With at most `topK` experts per token, but for some layers at either end: what united experts are compared
  /// with.
  package func lowering(topK: Int, exemptEdgeCount: Int) -> ModelConfiguration {
    var lowered = self
    for layer in layers.indices.dropFirst(exemptEdgeCount).dropLast(exemptEdgeCount) {
      guard case .mixture(var mixture) = layers[layer].feedForward else { continue }
      mixture.topK = min(mixture.topK, topK)
      lowered.layers[layer].feedForward = .mixture(mixture)
    }
    return lowered
  }

  package var layerCount: Int { layers.count }
  package var queryWidth: Int { headCount * headWidth }
  package var keyValueWidth: Int { keyValueHeadCount * headWidth }
}

/// How a family's attention differs from the plain one.
package struct AttentionVariant: Sendable, Hashable {
  /// Which columns of queries and keys are normalised together before rotation.
  package enum QueryKeyNorm: Sendable, Hashable {
    case none
    case perHead
    case wholeProjection
  }

  package var hasQueryKeyValueBias = false
  package var hasOutputBias = false
  package var queryKeyNorm = QueryKeyNorm.none
  /// Queries, keys and values are clamped to `-clip...clip`.
  package var clip: Float?

  package init() {}
}

/// What may differ from layer to layer.
package struct LayerConfiguration: Sendable, Hashable {
  /// How many latest positions a token sees, itself included; nil: all.
  package var window: Int?
  /// Index into ``ModelConfiguration/rotaries``.
  package var rotaryIndex: Int
  package var feedForward: FeedForwardConfiguration
}

package enum FeedForwardConfiguration: Sendable, Hashable {
  case dense(width: Int)
  case mixture(MixtureConfiguration)
}

/// A mixture-of-experts feed-forward block.
package struct MixtureConfiguration: Sendable, Hashable {
  package var expertCount: Int
  /// Experts per token.
  package var topK: Int
  package var expertWidth: Int
  /// Whether the chosen experts' weights are scaled to sum to one.
  package var normalizesWeights: Bool
  /// Width of the expert that every token visits, if there is one.
  package var sharedExpertWidth: Int?
}
