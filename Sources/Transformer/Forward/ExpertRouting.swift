import Glibc
package import Tensors

/// Which experts serve each token of a step, and with what weight: the decision, apart from its execution.
///
/// `topK` neighbouring entries per token, their experts in ascending order, which fixes the order of summation
/// and thereby the rounding.
package struct ExpertRouting: Sendable, Hashable {
  package var topK: Int
  package var experts: [Int32]
  package var weights: [Float]

  package var tokenCount: Int { experts.count / topK }

  package init(topK: Int) {
    self.topK = topK
    experts = []
    weights = []
  }

  /// Routes every row of `logits` `[tokens, experts]`: softmax over all experts in float32, the `topK` most
  /// probable, the lower index first among equals; then, if `normalizing`, scaled to sum to one.
  package mutating func route(_ logits: Matrix, normalizing: Bool) {
    experts.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
    for row in 0..<logits.rowCount {
      choose(logits[row: row])
      if normalizing { normalizeLast() }
    }
  }

  /// Appends the most probable experts of one token, turning its logits into probabilities in place.
  private mutating func choose(_ scores: UnsafeMutableBufferPointer<Float>) {
    var largest = scores.first ?? 0
    for index in 0..<scores.count where scores[index] > largest { largest = scores[index] }
    var total: Float = 0
    for index in 0..<scores.count {
      scores[index] = expf(scores[index] - largest)
      total += scores[index]
    }
    let first = experts.count
    for index in 0..<scores.count { consider(Int32(index), scores, first) }
    sortLast(from: first)
    for place in first..<experts.count { weights.append(scores[Int(experts[place])] / total) }
  }

  /// Takes an expert in among the token's best so far, which lie from `first` on, best first.
  private mutating func consider(
    _ expert: Int32,
    _ scores: UnsafeMutableBufferPointer<Float>,
    _ first: Int
  ) {
    if experts.count - first < topK {
      experts.append(expert)
    } else {
      guard scores[Int(expert)] > scores[Int(experts[experts.count - 1])] else { return }
      experts[experts.count - 1] = expert
    }
    var place = experts.count - 1
    while place > first, scores[Int(experts[place])] > scores[Int(experts[place - 1])] {
      experts.swapAt(place, place - 1)
      place -= 1
    }
  }

  /// Sorts the few experts from `first` on in place; a slice's own sort would copy them.
  private mutating func sortLast(from first: Int) {
    for end in first..<experts.count {
      var place = end
      while place > first, experts[place] < experts[place - 1] {
        experts.swapAt(place, place - 1)
        place -= 1
      }
    }
  }

  private mutating func normalizeLast() {
    let start = weights.count - topK
    var total: Float = 0
    for index in start..<weights.count { total += weights[index] }
    for index in start..<weights.count { weights[index] /= total }
  }
}

/// The same pairs of token and expert, sorted by expert for execution: each distinct expert's weights are read
/// once per step.
package struct ExpertSchedule: Sendable {
  /// Neighbouring pairs of one expert.
  package struct Group: Sendable {
    package let expert: Int
    package let pairs: Range<Int>
  }

  /// Those with the most pairs first: they are shared out among threads, and a long one begun last is waited for.
  package private(set) var groups: [Group] = []
  /// For each pair, its token.
  package internal(set) var tokens: [Int32] = []
  /// How the pairs' outputs add up to the tokens', each token's in ascending order of experts.
  package internal(set) var combination = RowCombination()
  /// For each expert, first its number of pairs, then where its next pair goes.
  var ends: [Int] = []

  package init() {}

  /// Refills the schedule from `routing` among `expertCount` experts.
  ///
  /// - Complexity: linear in pairs and experts; allocates only when they exceed what came before.
  package mutating func sort(_ routing: ExpertRouting, expertCount: Int) {
    clearCounts(slotCount: expertCount)
    for expert in routing.experts { ends[Int(expert)] += 1 }
    place(routing, pairCount: formGroups())
  }

  mutating func clearCounts(slotCount: Int) {
    ends.removeAll(keepingCapacity: true)
    ends.append(contentsOf: repeatElement(0, count: slotCount))
  }

  /// Gives each expert as many neighbouring pairs as it counts; returns how many that makes.
  mutating func formGroups() -> Int {
    groups.removeAll(keepingCapacity: true)
    var start = 0
    for expert in ends.indices {
      let count = ends[expert]
      if count > 0 { insert(Group(expert: expert, pairs: start..<(start + count))) }
      ends[expert] = start
      start += count
    }
    return start
  }

  /// Puts a group behind those that have as many pairs; the array's own sort would allocate.
  private mutating func insert(_ group: Group) {
    groups.append(group)
    var place = groups.count - 1
    while place > 0, groups[place - 1].pairs.count < group.pairs.count {
      groups.swapAt(place, place - 1)
      place -= 1
    }
  }

  private mutating func place(_ routing: ExpertRouting, pairCount: Int) {
    tokens.removeAll(keepingCapacity: true)
    tokens.append(contentsOf: repeatElement(0, count: pairCount))
    combination.removeAll()
    for pair in 0..<pairCount {
      let expert = Int(routing.experts[pair])
      tokens[ends[expert]] = Int32(pair / routing.topK)
      combination.append(index: Int32(ends[expert]), weight: routing.weights[pair])
      ends[expert] += 1
      if (pair + 1).isMultiple(of: routing.topK) { combination.closeRow() }
    }
  }
}
