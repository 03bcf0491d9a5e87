package import Learning
import Tensors
package import Transformer

/// What one layer's experts were given on calibration text, and how the router weighed them.
package struct MixtureActivations: Sendable {
  /// Experts per token.
  package let topK: Int
  /// `[tokens, H]`.
  package private(set) var inputs: RealMatrix<Float>
  /// For each token its `topK` experts, and their weights.
  package private(set) var experts: [Int32] = []
  package private(set) var weights: [Float] = []

  package init(topK: Int, inputs: RealMatrix<Float>, experts: [Int32], weights: [Float]) {
    precondition(experts.count == inputs.rowCount * topK && weights.count == experts.count)
    self.topK = topK
    self.inputs = inputs
    self.experts = experts
    self.weights = weights
  }

  fileprivate mutating func append(_ input: Matrix, _ routing: ExpertRouting) {
    inputs.append(input.elements[..<(input.rowCount * input.columnCount)])
    experts += routing.experts
    weights += routing.weights
  }
}

extension MixtureActivations {
  /// Runs `windows` of text through `model` and listens in on its mixtures.
  ///
  /// Each window is a sequence of its own. `progress` is told the share done.
  /// - Complexity: keeps `H` numbers for each token and mixture layer.
  package static func gather(
    _ model: TransformerModel,
    windows: [[Int32]],
    layers: Set<Int>,
    progress: (Double) -> Void
  ) -> [Int: MixtureActivations] {
    guard let mixture = model.configuration.mixture, let longest = windows.map(\.count).max()
    else { return [:] }
    let empty = MixtureActivations(
      topK: mixture.topK,
      inputs: RealMatrix(rowCount: 0, columnCount: model.configuration.hiddenWidth),
      experts: [],
      weights: []
    )
    var gathered: [Int: MixtureActivations] = [:]
    let workspace = Workspace(
      configuration: model.configuration,
      rowCapacity: longest,
      logitCapacity: 1
    )
    workspace.observeMixture = { layer, input, routing in
      if layers.contains(layer) { gathered[layer, default: empty].append(input, routing) }
    }
    let cache = model.makeCache(blockCount: 1, blockLength: (longest + 15) / 16 * 16)
    for (index, window) in windows.enumerated() where !window.isEmpty {
      progress(Double(index) / Double(windows.count))
      var batch = AttentionBatch()
      batch.append(rowCount: window.count, firstPosition: 0, blockTable: [0])
      _ = model.forward(
        tokens: window,
        batch: batch,
        logitRows: [Int32(window.count - 1)],
        cache: cache,
        workspace: workspace
      )
    }
    return gathered
  }
}
