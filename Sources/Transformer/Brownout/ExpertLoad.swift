/// How many pairs of token and expert the routers gave to each expert, over any number of steps.
package struct ExpertLoad: Sendable, Hashable {
  /// By layer and expert; empty where there is no mixture.
  package private(set) var pairCounts: [[Int]]

  package init(_ configuration: ModelConfiguration) {
    pairCounts = configuration.layers.map { layer in
      guard case .mixture(let mixture) = layer.feedForward else { return [] }
      return Array(repeating: 0, count: mixture.expertCount)
    }
  }

  /// Takes in what a step's router chose, as ``Workspace/observeMixture`` tells it.
  package mutating func note(_ routing: ExpertRouting, layer: Int) {
    for expert in routing.experts { pairCounts[layer][Int(expert)] += 1 }
  }

  /// For each layer, the share of its pairs that each expert got.
  package var shares: [[Double]] {
    pairCounts.map { counts in
      let total = Double(max(counts.reduce(0, +), 1))
      return counts.map { Double($0) / total }
    }
  }
}
