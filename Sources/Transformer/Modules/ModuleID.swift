/// The address of a part of a model that can be loaded, dropped, copied or exchanged by itself.
///
/// A norm belongs to the module that reads its result: the one before attention to the attention, the one
/// before a feed-forward block to the block or, in a mixture, to its router.
package enum ModuleID: Hashable, Sendable {
  case embed
  case attention(layer: Int)
  /// A dense feed-forward block.
  case feedForward(layer: Int)
  case router(layer: Int)
  case expert(layer: Int, index: Int)
  case sharedExpert(layer: Int)
  /// Stands in for a group of experts when the model is browned out.
  case united(layer: Int, group: Int)
  /// The norm before the head.
  case norm
  case head
}

extension ModuleID: CustomStringConvertible, LosslessStringConvertible {
  package var description: String {
    switch self {
    case .embed: "embed"
    case .attention(let layer): "layers.\(layer).attention"
    case .feedForward(let layer): "layers.\(layer).feedForward"
    case .router(let layer): "layers.\(layer).router"
    case .expert(let layer, let index): "layers.\(layer).experts.\(index)"
    case .sharedExpert(let layer): "layers.\(layer).sharedExpert"
    case .united(let layer, let group): "layers.\(layer).united.\(group)"
    case .norm: "norm"
    case .head: "head"
    }
  }

  /// Parses what ``description`` writes.
  package init?(_ description: String) {
    let parts = description.split(separator: ".", omittingEmptySubsequences: false)
    let layer = parts.count > 1 ? Int(parts[1]) : nil
    switch (parts.first, layer, parts.dropFirst(2).first, parts.count) {
    case ("embed", nil, nil, 1): self = .embed
    case ("norm", nil, nil, 1): self = .norm
    case ("head", nil, nil, 1): self = .head
    case ("layers", let layer?, "attention", 3): self = .attention(layer: layer)
    case ("layers", let layer?, "feedForward", 3): self = .feedForward(layer: layer)
    case ("layers", let layer?, "router", 3): self = .router(layer: layer)
    case ("layers", let layer?, "sharedExpert", 3): self = .sharedExpert(layer: layer)
    case ("layers", let layer?, "experts", 4):
      guard let index = Int(parts[3]) else { return nil }
      self = .expert(layer: layer, index: index)
    case ("layers", let layer?, "united", 4):
      guard let group = Int(parts[3]) else { return nil }
      self = .united(layer: layer, group: group)
    default: return nil
    }
    // "layers.03.router" or "layers.+3.router" would name the same module twice.
    guard self.description == description else { return nil }
  }
}
