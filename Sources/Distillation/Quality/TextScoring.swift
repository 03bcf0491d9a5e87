import Glibc
import Tensors
package import Transformer

/// Scores a text with a model the way a busy server would compute it: several sequences side by side, so that
/// experts are popular or not as they are in a batch.
package struct TextScoring: Sendable {
  /// A stretch of text that is scored by itself, from its second token on.
  package struct Window: Sendable, Hashable {
    package let tokens: [Int32]
    package let document: Int
  }

  /// Windows in the order in which they take a place.
  package let windows: [Window]
  /// Windows that are computed side by side.
  package let batchSize: Int
  /// Tokens of each in a step; one is how answers are generated, more is how prompts are read.
  package let chunkLength: Int

  package init(windows: [Window], batchSize: Int, chunkLength: Int) {
    precondition(batchSize > 0 && chunkLength > 0)
    self.windows = windows.filter { $0.tokens.count > 1 }
    self.batchSize = batchSize
    self.chunkLength = chunkLength
  }

  /// Cuts `documents` into windows of at most `length` tokens and takes evenly spread ones, until
  /// `tokenLimit` tokens are scored.
  package static func windows(
    _ documents: [[Int32]],
    length: Int,
    tokenLimit: Int
  ) -> [Window] {
    let all = documents.enumerated().flatMap { document, tokens in
      stride(from: 0, to: tokens.count, by: length).map { start in
        Window(
          tokens: Array(tokens[start..<min(start + length, tokens.count)]),
          document: document
        )
      }
    }
    let total = all.reduce(0) { $0 + $1.tokens.count - 1 }
    let count = max(all.count * min(tokenLimit, total) / max(total, 1), min(all.count, 1))
    return (0..<count).map { all[$0 * all.count / count] }
  }

  /// One sequence that is being computed.
  private struct Lane {
    var window: Int?
    var position = 0
  }

  /// Scores the windows; `brownout` applies to every step.
  package func score(
    _ model: TransformerModel,
    brownout: Brownout?,
    progress: (Double) -> Void
  ) -> TextScores {
    let longest = windows.map(\.tokens.count).max() ?? 1
    let rowCapacity = batchSize * min(chunkLength, longest)
    let workspace = Workspace(
      configuration: model.configuration,
      rowCapacity: rowCapacity,
      logitCapacity: rowCapacity
    )
    let cache = model.makeCache(blockCount: batchSize, blockLength: (longest + 15) / 16 * 16)
    var scores = TextScores()
    var load = ExpertLoad(model.configuration)
    workspace.observeMixture = { layer, _, routing in
      load.note(routing, layer: layer)
    }
    var lanes = Array(repeating: Lane(), count: min(batchSize, windows.count))
    var nextWindow = 0
    var doneCount = 0
    while true {
      for lane in lanes.indices where lanes[lane].window == nil && nextWindow < windows.count {
        lanes[lane] = Lane(window: nextWindow)
        nextWindow += 1
      }
      var step = Step()
      for (block, lane) in lanes.enumerated() {
        guard let window = lane.window else { continue }
        // The last token of a window predicts nothing that is scored.
        let end = min(lane.position + chunkLength, windows[window].tokens.count - 1)
        step.append(windows[window], lane.position..<end, block: Int32(block))
        if end == windows[window].tokens.count - 1 {
          lanes[block].window = nil
          doneCount += 1
        } else {
          lanes[block].position = end
        }
      }
      guard !step.tokens.isEmpty else {
        scores.expertLoad = load
        return scores
      }
      let logits = model.forward(
        tokens: step.tokens,
        batch: step.batch,
        logitRows: Array(0..<Int32(step.tokens.count)),
        cache: cache,
        workspace: workspace,
        brownout: brownout
      )
      for (row, expected) in step.expected.enumerated() {
        let (guess, logProbability) = Self.judge(logits[row: row], expected.token)
        scores.append(
          token: expected.token,
          guess: guess,
          logProbability: logProbability,
          document: expected.document
        )
      }
      scores.note(workspace.expertCounts)
      progress(Double(doneCount) / Double(windows.count))
    }
  }

  /// The rows of a step and what they should predict.
  private struct Step {
    var tokens: [Int32] = []
    var batch = AttentionBatch()
    var expected: [(token: Int32, document: Int)] = []

    mutating func append(_ window: Window, _ range: Range<Int>, block: Int32) {
      tokens += window.tokens[range]
      batch.append(rowCount: range.count, firstPosition: range.lowerBound, blockTable: [block])
      expected += range.map { (window.tokens[$0 + 1], window.document) }
    }
  }

  /// The likeliest token, the lower one among equals, and the log-probability of `token`.
  private static func judge(
    _ logits: UnsafeMutableBufferPointer<Float>,
    _ token: Int32
  ) -> (guess: Int32, logProbability: Float) {
    var best = 0
    for index in logits.indices where logits[index] > logits[best] { best = index }
    var total: Float = 0
    for index in logits.indices { total += expf(logits[index] - logits[best]) }
    return (Int32(best), logits[Int(token)] - logits[best] - logf(total))
  }
}

extension TextScores {
  fileprivate mutating func note(_ counts: ExpertCounts) {
    distinctExpertCount += counts.distinctExpertCount
    pairCount += counts.pairCount
    reroutedPairCount += counts.reroutedPairCount
    stepCount += 1
  }
}
