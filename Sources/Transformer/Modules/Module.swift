package import Tensors

/// Norm, fused projections and output of one layer's attention.
///
/// `q`, `kv`: widths of all query heads and of all key heads.
package struct AttentionModule: Sendable {
  /// Shape `[H]`.
  var norm: [Float]
  /// Queries, keys and values below one another, `[q + 2 kv, H]`.
  var projection: WeightMatrix
  var projectionBias: [Float]?
  /// Shape `[d]` per head or `[q]` and `[kv]` for the whole projection.
  var queryNorm: [Float]?
  var keyNorm: [Float]?
  /// Shape `[H, q]`.
  var output: WeightMatrix
  var outputBias: [Float]?
}

/// A gated feed-forward block of width `I`: dense, one expert, or the shared expert.
package struct FeedForwardModule: Sendable {
  /// Gate above up, `[2 I, H]`.
  var gateUp: WeightMatrix
  var gateUpBias: [Float]?
  /// Shape `[H, I]`.
  var down: WeightMatrix
  var downBias: [Float]?
}

/// One addressable part of a model: a value that is loaded, dropped, copied or swapped alone.
///
/// Copies share the weights' memory, which nobody writes. A norm belongs to the module that first reads its
/// output. Norms, routers and biases are float32 whatever the weight format.
package enum Module: Sendable {
  case embedding(WeightMatrix)
  case attention(AttentionModule)
  case feedForward(norm: [Float], FeedForwardModule)
  /// `weights` is `[experts, H]`.
  case router(norm: [Float], weights: WeightMatrix)
  case expert(FeedForwardModule)
  /// `gate` is `[1, H]`; its sigmoid scales the expert's output.
  case sharedExpert(FeedForwardModule, gate: WeightMatrix)
  case norm([Float])
  case head(WeightMatrix)

  /// Bytes the module's weights occupy.
  package var byteCount: Int {
    switch self {
    case .embedding(let weights), .head(let weights): weights.byteCount
    case .attention(let module):
      module.projection.byteCount + module.output.byteCount
        + 4
        * [module.norm, module.projectionBias, module.queryNorm, module.keyNorm, module.outputBias]
        .reduce(0) { $0 + ($1?.count ?? 0) }
    case .feedForward(let norm, let module): 4 * norm.count + module.byteCount
    case .router(let norm, let weights): 4 * norm.count + weights.byteCount
    case .expert(let module): module.byteCount
    case .sharedExpert(let module, let gate): module.byteCount + gate.byteCount
    case .norm(let weights): 4 * weights.count
    }
  }
}

extension FeedForwardModule {
  var byteCount: Int {
    gateUp.byteCount + down.byteCount + 4 * ((gateUpBias?.count ?? 0) + (downBias?.count ?? 0))
  }
}
