import Glibc
import Tensors

/// Which expert serves which token of a step, and with what weight: one layer, one step.
///
/// Pairs are sorted by expert, then by token, so that each distinct expert's rows are neighbours and its weights are
/// read once. Rebuilt in place for every layer; keeps its storage.
struct ExpertRouting {
  /// Rows of one expert among the pairs.
  struct Group: Hashable {
    let expert: Int
    let pairs: Range<Int>
  }

  private(set) var groups: [Group] = []
  /// For each pair, the token's row.
  private(set) var tokens: [Int32] = []
  /// For each token, its pairs in ascending order of expert, with their weights.
  private(set) var combination = RowCombination()

  private var chosen: [(expert: Int32, weight: Float)] = []
  private var offsets: [Int] = []
  private var probabilities: [Float] = []

  /// Routes every row of `logits` `[n, experts]` to its `topK` likeliest experts.
  ///
  /// Probabilities are the softmax over all experts; of equals the lower index wins. With `normalizesWeights` a
  /// token's weights are scaled to sum to one.
  mutating func route(_ logits: Matrix, mixture: ModelConfiguration.Mixture) {
    chosen.removeAll(keepingCapacity: true)
    for row in 0..<logits.rowCount { choose(from: logits[row: row], mixture) }
    group(tokenCount: logits.rowCount, mixture)
  }

  private mutating func choose(
    from logits: UnsafeMutableBufferPointer<Float>,
    _ mixture: ModelConfiguration.Mixture
  ) {
    let largest = logits.max() ?? 0
    probabilities.removeAll(keepingCapacity: true)
    var total: Float = 0
    for logit in logits {
      let exponential = expf(logit - largest)
      probabilities.append(exponential)
      total += exponential
    }
    let first = chosen.count
    for _ in 0..<mixture.topK {
      var best = 0
      for expert in probabilities.indices where probabilities[expert] > probabilities[best] {
        best = expert
      }
      chosen.append((Int32(best), probabilities[best] / total))
      probabilities[best] = -1
    }
    chosen[first...].sort { $0.expert < $1.expert }
    guard mixture.normalizesWeights else { return }
    let sum = chosen[first...].reduce(Float(0)) { $0 + $1.weight }
    for index in first..<chosen.count { chosen[index].weight /= sum }
  }

  /// Counting sort of the pairs by expert.
  private mutating func group(tokenCount: Int, _ mixture: ModelConfiguration.Mixture) {
    offsets.removeAll(keepingCapacity: true)
    offsets.append(contentsOf: repeatElement(0, count: mixture.expertCount + 1))
    for pair in chosen { offsets[Int(pair.expert) + 1] += 1 }
    groups.removeAll(keepingCapacity: true)
    for expert in 0..<mixture.expertCount {
      let count = offsets[expert + 1]
      offsets[expert + 1] += offsets[expert]
      guard count > 0 else { continue }
      groups.append(Group(expert: expert, pairs: offsets[expert]..<(offsets[expert] + count)))
    }
    tokens.removeAll(keepingCapacity: true)
    tokens.append(contentsOf: repeatElement(0, count: chosen.count))
    combination.removeAll()
    for token in 0..<tokenCount {
      for pair in chosen[(token * mixture.topK)..<((token + 1) * mixture.topK)] {
        let row = offsets[Int(pair.expert)]
        offsets[Int(pair.expert)] += 1
        tokens[row] = Int32(token)
        combination.append(index: Int32(row), weight: pair.weight)
      }
      combination.closeRow()
    }
  }
}
