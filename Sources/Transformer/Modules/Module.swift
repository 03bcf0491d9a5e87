package import Tensors

/// A part of a model with its weights: a value, so that copying it shares the weights, which never change.
package enum Module: Sendable {
  case embedding(Embedding)
  case attention(Attention)
  case feedForward(FeedForward)
  case router(Router)
  case norm(Norm)
  case head(Head)

  /// Bytes of its weights in memory.
  package var byteCount: Int {
    switch self {
    case .embedding(let embedding): embedding.table.byteCount
    case .attention(let attention): attention.byteCount
    case .feedForward(let feedForward): feedForward.byteCount
    case .router(let router): router.norm.byteCount + router.weights.byteCount
    case .norm(let norm): norm.weight.byteCount
    case .head(let head): head.weights.byteCount
    }
  }
}

/// Token ids to vectors; legend of shapes: `V` vocabulary, `H` hidden width, `q`, `kv` widths of all heads.
package struct Embedding: Sendable {
  /// `[V, H]`.
  package let table: WeightMatrix
}

/// Self-attention with the norm before it.
package struct Attention: Sendable {
  /// `[H]`.
  package let norm: [Float]
  /// Queries, keys and values fused: `[q + 2·kv, H]`.
  package let queryKeyValue: WeightMatrix
  package let queryKeyValueBias: [Float]?
  /// Per head or over the whole projection, as the configuration says.
  package let queryNorm: [Float]?
  package let keyNorm: [Float]?
  /// `[H, q]`.
  package let output: WeightMatrix
  package let outputBias: [Float]?

  var byteCount: Int {
    queryKeyValue.byteCount + output.byteCount + norm.byteCount
      + [queryKeyValueBias, queryNorm, keyNorm, outputBias].reduce(0) { $0 + ($1?.byteCount ?? 0) }
  }
}

/// A gated feed-forward network: a dense block, an expert, or the expert shared by all tokens.
package struct FeedForward: Sendable {
  /// `[H]`, of a dense block; experts read what their router has normalised.
  package let norm: [Float]?
  /// Gate above up: `[2·I, H]` for a feed-forward width of `I`.
  package let gateUp: WeightMatrix
  package let gateUpBias: [Float]?
  /// `[H, I]`.
  package let down: WeightMatrix
  package let downBias: [Float]?
  /// Of a shared expert: `[1, H]`, whose sigmoid scales the output.
  package let outputGate: WeightMatrix?

  var byteCount: Int {
    gateUp.byteCount + down.byteCount + (outputGate?.byteCount ?? 0)
      + [norm, gateUpBias, downBias].reduce(0) { $0 + ($1?.byteCount ?? 0) }
  }
}

/// The norm before a mixture and the scores of its experts.
package struct Router: Sendable {
  /// `[H]`.
  package let norm: [Float]
  /// `[experts, H]`, always float32: a rounded score may choose another expert.
  package let weights: WeightMatrix
}

/// The norm before the head.
package struct Norm: Sendable {
  /// `[H]`.
  package let weight: [Float]
}

/// Vectors to logits.
package struct Head: Sendable {
  /// `[V, H]`; the embedding's own table when the configuration ties them.
  package let weights: WeightMatrix
}

extension [Float] {
  var byteCount: Int { count * MemoryLayout<Float>.stride }
}

extension WeightMatrix {
  func hasShape(_ outputCount: Int, _ inputCount: Int) -> Bool {
    self.outputCount == outputCount && self.inputCount == inputCount
  }
}

extension Module {
  var embedding: Embedding? { if case .embedding(let value) = self { value } else { nil } }
  var attention: Attention? { if case .attention(let value) = self { value } else { nil } }
  var feedForward: FeedForward? { if case .feedForward(let value) = self { value } else { nil } }
  var router: Router? { if case .router(let value) = self { value } else { nil } }
  var norm: Norm? { if case .norm(let value) = self { value } else { nil } }
  var head: Head? { if case .head(let value) = self { value } else { nil } }
}
