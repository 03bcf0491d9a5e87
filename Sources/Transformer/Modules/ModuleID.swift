/// The name of one module of a model, such as `layers.3.experts.17`.
package enum ModuleID: Hashable, Sendable, CustomStringConvertible {
  /// The token embedding table.
  case embedding
  /// Norm, projections and output of one layer's attention.
  case attention(layer: Int)
  /// Norm and dense feed-forward block of one layer.
  case feedForward(layer: Int)
  /// Norm and router of one layer's mixture of experts.
  case router(layer: Int)
  /// One routed expert.
  case expert(layer: Int, index: Int)
  /// The expert that every token passes.
  case sharedExpert(layer: Int)
  /// The norm before the head.
  case norm
  /// The projection to logits; models that tie it to the embedding have none.
  case head

  package var description: String {
    switch self {
    case .embedding: "embed"
    case .attention(let layer): "layers.\(layer).attention"
    case .feedForward(let layer): "layers.\(layer).feedForward"
    case .router(let layer): "layers.\(layer).router"
    case .expert(let layer, let index): "layers.\(layer).experts.\(index)"
    case .sharedExpert(let layer): "layers.\(layer).sharedExpert"
    case .norm: "norm"
    case .head: "head"
    }
  }
}

extension ModelConfiguration {
  /// Every module of the model, in the order in which a token passes them.
  package var moduleIDs: [ModuleID] {
    var identifiers: [ModuleID] = [.embedding]
    for (index, layer) in layers.enumerated() {
      identifiers.append(.attention(layer: index))
      if layer.isMixture, let mixture {
        identifiers.append(.router(layer: index))
        identifiers += (0..<mixture.expertCount).map { .expert(layer: index, index: $0) }
        if mixture.sharedExpertWidth != nil { identifiers.append(.sharedExpert(layer: index)) }
      } else {
        identifiers.append(.feedForward(layer: index))
      }
    }
    return identifiers + (tiesEmbeddings ? [.norm] : [.norm, .head])
  }
}
