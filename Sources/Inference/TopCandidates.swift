/// The best few of many scored tokens, found in one pass; equal scores prefer the lower id.
///
/// A bounded heap with the worst on top: a vocabulary of 150,000 is scanned once and almost never touches the heap.
/// Keeps its storage between uses.
struct TopCandidates {
  struct Candidate {
    let id: Int32
    var score: Float

    func isBetter(than other: Candidate) -> Bool {
      score > other.score || (score == other.score && id < other.id)
    }
  }

  /// After ``select(_:from:)``, best first.
  private(set) var candidates: [Candidate] = []

  /// Finds the `count` best of `scores`, whose indices are the tokens' ids.
  /// - Complexity: O(scores + better ones · log count); allocates only to grow.
  mutating func select(_ count: Int, from scores: UnsafeMutableBufferPointer<Float>) {
    candidates.removeAll(keepingCapacity: true)
    guard count > 0 else { return }
    for index in scores.indices {
      let candidate = Candidate(id: Int32(index), score: scores[index])
      if candidates.count < count {
        candidates.append(candidate)
        siftUp(candidates.count - 1)
      } else if candidate.score > candidates[0].score {
        candidates[0] = candidate
        siftDown()
      }
    }
    candidates.sort { $0.isBetter(than: $1) }
  }

  /// Keeps those at or above `cutoff`, best first.
  mutating func select(atLeast cutoff: Float, from scores: UnsafeMutableBufferPointer<Float>) {
    candidates.removeAll(keepingCapacity: true)
    for index in scores.indices where scores[index] >= cutoff {
      candidates.append(Candidate(id: Int32(index), score: scores[index]))
    }
    candidates.sort { $0.isBetter(than: $1) }
  }

  mutating func mapScores(_ transform: (Float) -> Float) {
    for index in candidates.indices { candidates[index].score = transform(candidates[index].score) }
  }

  private mutating func siftUp(_ start: Int) {
    var index = start
    while index > 0, candidates[(index - 1) / 2].isBetter(than: candidates[index]) {
      candidates.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  private mutating func siftDown() {
    var index = 0
    while true {
      var worst = index
      for child in (2 * index + 1)..<(2 * index + 3) where child < candidates.count {
        if candidates[worst].isBetter(than: candidates[child]) { worst = child }
      }
      guard worst != index else { return }
      candidates.swapAt(index, worst)
      index = worst
    }
  }
}
