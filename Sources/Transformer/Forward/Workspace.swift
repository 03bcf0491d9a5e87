import Tensors

/// The activations of one step, allocated once.
///
/// Legend: `n` rows, `H` hidden width, `I` feed-forward width, `k` experts per token.
///
/// Owned by whoever runs the model; a step overwrites all of it.
package final class Workspace {
  /// Tokens a step may hold.
  package let rowCapacity: Int
  /// Rows of logits a step may ask for.
  package let logitCapacity: Int

  /// The residual stream, `[n, H]`.
  let hidden: Matrix
  /// Its normalised form, the input of each block, `[n, H]`.
  let normed: Matrix
  /// Queries, keys and values, `[n, q + 2 kv]`.
  let projected: Matrix
  /// Shape `[n, q]`.
  let attended: Matrix
  /// Cosines and sines of the rows' positions, `[n, d]`, one per distinct rotary configuration.
  let angles: [Matrix]
  /// Gate and up of the widest block, `[n, 2 I]`.
  let feedForward: FeedForwardWorkspace
  let mixture: MixtureWorkspace?
  /// Shape `[logit rows, H]`.
  let last: Matrix
  /// Shape `[logit rows, vocabulary]`.
  let logits: Matrix

  package init(configuration: ModelConfiguration, rowCapacity: Int, logitCapacity: Int) {
    self.rowCapacity = rowCapacity
    self.logitCapacity = logitCapacity
    let hiddenWidth = configuration.hiddenWidth
    let attention = configuration.attention
    hidden = Matrix(rowCapacity: rowCapacity, columnCount: hiddenWidth)
    normed = Matrix(rowCapacity: rowCapacity, columnCount: hiddenWidth)
    projected = Matrix(
      rowCapacity: rowCapacity,
      columnCount: attention.queryWidth + 2 * attention.keyValueWidth
    )
    attended = Matrix(rowCapacity: rowCapacity, columnCount: attention.queryWidth)
    angles = configuration.distinctRotaries.map { _ in
      Matrix(rowCapacity: rowCapacity, columnCount: attention.headWidth)
    }
    let isAnyDense = configuration.layers.contains { !$0.isMixture }
    feedForward = FeedForwardWorkspace(
      rowCapacity: isAnyDense ? rowCapacity : 0,
      width: configuration.feedForwardWidth
    )
    mixture = configuration.mixture.map {
      MixtureWorkspace(rowCapacity: rowCapacity, hiddenWidth: hiddenWidth, mixture: $0)
    }
    last = Matrix(rowCapacity: logitCapacity, columnCount: hiddenWidth)
    logits = Matrix(rowCapacity: logitCapacity, columnCount: configuration.vocabularyCount)
  }
}

/// The inside of a gated block of width `I` for some rows.
struct FeedForwardWorkspace {
  /// Shape `[rows, 2 I]`.
  let gateUp: Matrix
  /// Shape `[rows, I]`.
  let activated: Matrix

  init(rowCapacity: Int, width: Int) {
    gateUp = Matrix(rowCapacity: rowCapacity, columnCount: 2 * width)
    activated = Matrix(rowCapacity: rowCapacity, columnCount: width)
  }
}

/// The inside of a mixture of experts; pairs are (token, expert), `k` per token.
final class MixtureWorkspace {
  /// Router logits, `[n, experts]`.
  let routerLogits: Matrix
  var routing = ExpertRouting()
  var groups: [RowGroup] = []
  /// The pairs' inputs, `[n k, H]`.
  let gathered: Matrix
  let experts: FeedForwardWorkspace
  /// The pairs' outputs, `[n k, H]`.
  let outputs: Matrix
  let shared: FeedForwardWorkspace?
  /// The shared expert's gate, `[n, 1]`.
  let sharedGate: Matrix
  var sharedCombination = RowCombination()

  init(rowCapacity: Int, hiddenWidth: Int, mixture: ModelConfiguration.Mixture) {
    let pairCapacity = rowCapacity * mixture.topK
    routerLogits = Matrix(rowCapacity: rowCapacity, columnCount: mixture.expertCount)
    gathered = Matrix(rowCapacity: pairCapacity, columnCount: hiddenWidth)
    experts = FeedForwardWorkspace(rowCapacity: pairCapacity, width: mixture.expertWidth)
    outputs = Matrix(rowCapacity: pairCapacity, columnCount: hiddenWidth)
    shared = mixture.sharedExpertWidth.map {
      FeedForwardWorkspace(rowCapacity: rowCapacity, width: $0)
    }
    sharedGate = Matrix(rowCapacity: rowCapacity, columnCount: 1)
  }
}

extension Workspace {
  /// Bytes that a workspace of these capacities allocates.
  package static func byteCount(
    configuration: ModelConfiguration,
    rowCapacity: Int,
    logitCapacity: Int
  ) -> Int {
    let (hidden, attention) = (configuration.hiddenWidth, configuration.attention)
    var perRow =
      2 * hidden + 2 * attention.queryWidth + 2 * attention.keyValueWidth
      + configuration.distinctRotaries.count * attention.headWidth
    if configuration.layers.contains(where: { !$0.isMixture }) {
      perRow += 3 * configuration.feedForwardWidth
    }
    if let mixture = configuration.mixture {
      perRow += mixture.expertCount + mixture.topK * (2 * hidden + 3 * mixture.expertWidth)
      perRow += 1 + 3 * (mixture.sharedExpertWidth ?? 0)
    }
    return 4 * (rowCapacity * perRow + logitCapacity * (hidden + configuration.vocabularyCount))
  }
}

extension ModelConfiguration {
  /// The rotary configurations in use, each once; most models have one.
  var distinctRotaries: [RotaryConfiguration] {
    layers.reduce(into: []) { distinct, layer in
      if !distinct.contains(layer.rotary) { distinct.append(layer.rotary) }
    }
  }
}
