package import Learning
import Randomness

/// How a layer's experts are put together in groups of equal size.
package enum ExpertGrouping: String, Sendable, CaseIterable {
  /// Neighbours by index: the paper's choice.
  case index
  /// Experts whose outputs point the same way, after BrownoutMoE (arXiv 2607.04164).
  ///
  /// Deviation: where that follow-up clusters and then searches by reinforcement learning, this exchanges pairs of
  /// experts as long as that brings similar ones together, from several starts; sizes stay balanced by
  /// construction.
  case similarity

  /// Tokens on which experts are compared.
  static let comparedTokenCount = 2_048

  /// The group of each of `experts`, numbered by their lowest members.
  package func groups(
    _ experts: [Parameters<Float>],
    way: Int,
    inputs: RealMatrix<Float>,
    product: MatrixProduct<Float>
  ) -> [Int] {
    let byIndex = (0..<experts.count).map { $0 / way }
    guard self == .similarity else { return byIndex }
    let count = min(inputs.rowCount, Self.comparedTokenCount)
    let stride = max(inputs.rowCount / max(count, 1), 1)
    let sample = inputs.rows((0..<count).map { $0 * stride })
    let outputs = experts.map { Expert.outputs($0, sample, product) }
    return BalancedGroups(similarity: Self.cosines(outputs)).search(from: byIndex)
  }

  /// The mean cosine of each pair of experts' outputs.
  static func cosines(_ outputs: [RealMatrix<Float>]) -> [[Double]] {
    let units = outputs.map(\.unitRows)
    return units.map { one in
      units.map { other in
        let sum = zip(one.elements, other.elements).reduce(0.0) { $0 + Double($1.0 * $1.1) }
        return sum / Double(max(one.rowCount, 1))
      }
    }
  }
}

/// Searches groups of fixed sizes with the greatest similarity within.
struct BalancedGroups {
  /// Symmetric, or an exchange that gains for one expert would be undone for the other without end.
  private let similarity: [[Double]]

  /// Of each pair, the mean of both directions counts.
  init(similarity: [[Double]]) {
    self.similarity = similarity.indices.map { one in
      similarity.indices.map { (similarity[one][$0] + similarity[$0][one]) / 2 }
    }
  }

  /// The best of the groups that exchanges reach from `start` and from some random orders of it.
  func search(from start: [Int], attemptCount: Int = 16) -> [Int] {
    var generator = SplitMix64(seed: 1)
    var best = climb(start)
    for _ in 0..<attemptCount {
      let candidate = climb(start.shuffled(using: &generator))
      if score(candidate) > score(best) + 1e-9 { best = candidate }
    }
    return renumbered(best)
  }

  func score(_ groups: [Int]) -> Double {
    var total = 0.0
    for one in groups.indices {
      for other in groups.indices where other < one && groups[one] == groups[other] {
        total += similarity[one][other]
      }
    }
    return total
  }

  /// Exchanges the two experts whose exchange gains most until none gains.
  private func climb(_ start: [Int]) -> [Int] {
    var groups = start
    while true {
      var best = (gain: 1e-9, one: 0, other: 0)
      for one in groups.indices {
        for other in groups.indices where other < one && groups[one] != groups[other] {
          let gain = gain(groups, one, other)
          if gain > best.gain { best = (gain, one, other) }
        }
      }
      if best.one == best.other { return groups }
      groups.swapAt(best.one, best.other)
    }
  }

  private func gain(_ groups: [Int], _ one: Int, _ other: Int) -> Double {
    var gain = 0.0
    for member in groups.indices where member != one && member != other {
      let difference = similarity[other][member] - similarity[one][member]
      if groups[member] == groups[one] { gain += difference }
      if groups[member] == groups[other] { gain -= difference }
    }
    return gain
  }

  private func renumbered(_ groups: [Int]) -> [Int] {
    var numbers: [Int: Int] = [:]
    return groups.map { group in
      if let number = numbers[group] { return number }
      numbers[group] = numbers.count
      return numbers.count - 1
    }
  }
}

extension RealMatrix<Float> {
  /// Each row scaled to length one.
  fileprivate var unitRows: RealMatrix {
    var result = self
    for row in 0..<rowCount {
      let range = (row * columnCount)..<((row + 1) * columnCount)
      let length = elements[range].reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
      for index in range { result.elements[index] /= max(length, .leastNormalMagnitude) }
    }
    return result
  }
}
