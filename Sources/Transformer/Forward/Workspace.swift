package import Tensors

/// The activations of a step of at most `rowCapacity` rows: allocated once, reused by every step.
///
/// Not sendable on purpose: one step at a time works in it.
package final class Workspace {
  package let rowCapacity: Int
  /// How many rows of one step can be asked for logits.
  package let logitCapacity: Int
  /// `[n, H]`: the residual stream.
  let hidden: Matrix
  /// `[n, H]`: what a block reads.
  let normalized: Matrix
  /// `[n, q + 2·kv]`: queries, keys and values.
  let queryKeyValue: Matrix
  /// `[n, q]`.
  let attended: Matrix
  /// `[n, headWidth]` for each distinct rotary embedding.
  let angles: [Matrix]
  /// Of dense blocks and of mixtures; nil if no layer has such a block.
  let dense: FeedForwardWorkspace?
  let mixture: MixtureWorkspace?
  /// `[logit rows, H]` and `[logit rows, V]`.
  let last: Matrix
  let logits: Matrix
  /// What the latest step asked of its mixtures.
  package internal(set) var expertCounts = ExpertCounts()
  /// Told each mixture's input and routing, before its experts run: how distillation listens in.
  package var observeMixture: ((_ layer: Int, _ input: Matrix, _ routing: ExpertRouting) -> Void)?

  /// Allocates for the model that `configuration` describes.
  package init(configuration: ModelConfiguration, rowCapacity: Int, logitCapacity: Int) {
    precondition(rowCapacity > 0 && (1...rowCapacity).contains(logitCapacity))
    func matrix(_ columnCount: Int) -> Matrix {
      Matrix(rowCapacity: rowCapacity, columnCount: columnCount)
    }
    self.rowCapacity = rowCapacity
    self.logitCapacity = logitCapacity
    hidden = matrix(configuration.hiddenWidth)
    normalized = matrix(configuration.hiddenWidth)
    queryKeyValue = matrix(configuration.queryWidth + 2 * configuration.keyValueWidth)
    attended = matrix(configuration.queryWidth)
    angles = configuration.rotaries.map { _ in matrix(configuration.headWidth) }
    dense = configuration.denseWidth.map {
      FeedForwardWorkspace(width: $0, rowCapacity: rowCapacity)
    }
    mixture = configuration.mixture.map {
      MixtureWorkspace($0, hiddenWidth: configuration.hiddenWidth, rowCapacity: rowCapacity)
    }
    last = Matrix(rowCapacity: logitCapacity, columnCount: configuration.hiddenWidth)
    logits = Matrix(rowCapacity: logitCapacity, columnCount: configuration.vocabularyCount)
  }
}

/// Activations of a gated feed-forward network of one width.
final class FeedForwardWorkspace {
  /// `[n, 2·I]`.
  let gateUp: Matrix
  /// `[n, I]`.
  let activated: Matrix

  init(width: Int, rowCapacity: Int) {
    gateUp = Matrix(rowCapacity: rowCapacity, columnCount: 2 * width)
    activated = Matrix(rowCapacity: rowCapacity, columnCount: width)
  }
}

/// Activations of a mixture of experts; `p` is the number of pairs of token and expert.
final class MixtureWorkspace {
  /// `[n, experts]`.
  let scores: Matrix
  /// `[p, H]`: each pair's input, then its output.
  let inputs: Matrix
  let outputs: Matrix
  let experts: FeedForwardWorkspace
  let shared: SharedExpertWorkspace?
  var routing: ExpertRouting
  var schedule = ExpertSchedule()
  var split = ExpertSplit()
  /// The rows of each scheduled expert; refilled for every product.
  var groups: [RowGroup] = []

  init(_ mixture: MixtureConfiguration, hiddenWidth: Int, rowCapacity: Int) {
    let pairCapacity = rowCapacity * mixture.topK
    scores = Matrix(rowCapacity: rowCapacity, columnCount: mixture.expertCount)
    inputs = Matrix(rowCapacity: pairCapacity, columnCount: hiddenWidth)
    outputs = Matrix(rowCapacity: pairCapacity, columnCount: hiddenWidth)
    experts = FeedForwardWorkspace(width: mixture.expertWidth, rowCapacity: pairCapacity)
    shared = mixture.sharedExpertWidth.map {
      SharedExpertWorkspace(width: $0, hiddenWidth: hiddenWidth, rowCapacity: rowCapacity)
    }
    routing = ExpertRouting(topK: mixture.topK)
  }
}

/// Activations of the expert that every token visits.
final class SharedExpertWorkspace {
  let feedForward: FeedForwardWorkspace
  /// `[n, 1]`: the logit of the share of its output that is used.
  let gate: Matrix
  /// `[n, H]`.
  let output: Matrix
  var combination = RowCombination()

  init(width: Int, hiddenWidth: Int, rowCapacity: Int) {
    feedForward = FeedForwardWorkspace(width: width, rowCapacity: rowCapacity)
    gate = Matrix(rowCapacity: rowCapacity, columnCount: 1)
    output = Matrix(rowCapacity: rowCapacity, columnCount: hiddenWidth)
  }
}

extension Workspace {
  /// The last hidden state behind a row of the latest step's logits.
  package func lastHidden(row: Int) -> [Float] { Array(last[row: row]) }

  /// Bytes that a workspace of these capacities allocates.
  package static func byteCount(
    configuration: ModelConfiguration,
    rowCapacity: Int,
    logitCapacity: Int
  ) -> Int {
    let hidden = configuration.hiddenWidth
    var perRow =
      2 * hidden + 2 * configuration.queryWidth + 2 * configuration.keyValueWidth
      + configuration.rotaries.count * configuration.headWidth
      + 3 * (configuration.denseWidth ?? 0)
    if let mixture = configuration.mixture {
      perRow += mixture.expertCount + mixture.topK * (2 * hidden + 3 * mixture.expertWidth)
      perRow += mixture.sharedExpertWidth.map { 3 * $0 + hidden + 1 } ?? 0
    }
    let perLogitRow = hidden + configuration.vocabularyCount
    return (rowCapacity * perRow + logitCapacity * perLogitRow) * MemoryLayout<Float>.stride
  }
}

extension ModelConfiguration {
  /// The width of the dense feed-forward blocks, which all share it; nil if there are none.
  var denseWidth: Int? {
    for layer in layers { if case .dense(let width) = layer.feedForward { return width } }
    return nil
  }

  /// The mixture that all mixture layers share, at the largest `topK` of any; nil if there are none.
  package var mixture: MixtureConfiguration? {
    layers.compactMap { layer in
      if case .mixture(let mixture) = layer.feedForward { mixture } else { nil }
    }.max { $0.topK < $1.topK }
  }
}
