import Tensors

extension ExpertSchedule {
  /// Refills the schedule from `routing` after `split` has decided who serves; united experts come behind
  /// the others, as ``Group/expert`` `expertCount + group`.
  ///
  /// A token that meets the same united expert twice is computed by it once. Each pair keeps its weight and
  /// its place in the token's sum, so united experts that equal their members change no bit.
  package mutating func sort(_ routing: ExpertRouting, by split: ExpertSplit) {
    clearCounts(slotCount: split.slotCount)
    for pair in routing.experts.indices {
      guard let slot = split.slot(of: routing.experts[pair]) else { continue }
      if earlierPair(routing, pair, in: slot, split) == nil { ends[slot] += 1 }
    }
    let rowCount = formGroups()
    tokens.removeAll(keepingCapacity: true)
    tokens.append(contentsOf: repeatElement(0, count: rowCount))
    combination.removeAll()
    for pair in routing.experts.indices {
      if let slot = split.slot(of: routing.experts[pair]) {
        combination.append(
          index: place(routing, pair, in: slot, split),
          weight: routing.weights[pair]
        )
      }
      if (pair + 1).isMultiple(of: routing.topK) { combination.closeRow() }
    }
  }

  /// The row that computes a pair: a new one of its slot, or that of the token's earlier pair there.
  private mutating func place(
    _ routing: ExpertRouting,
    _ pair: Int,
    in slot: Int,
    _ split: ExpertSplit
  ) -> Int32 {
    // Where pairs are united none is skipped, so pairs and entries of the combination have the same index.
    if let earlier = earlierPair(routing, pair, in: slot, split) {
      return combination.indices[earlier]
    }
    defer { ends[slot] += 1 }
    tokens[ends[slot]] = Int32(pair / routing.topK)
    return Int32(ends[slot])
  }

  /// The first pair of the same token that the same united expert serves, if `pair` is not it.
  private func earlierPair(
    _ routing: ExpertRouting,
    _ pair: Int,
    in slot: Int,
    _ split: ExpertSplit
  ) -> Int? {
    guard slot >= split.expertCount else { return nil }
    let first = pair - pair % routing.topK
    return (first..<pair).first { split.slot(of: routing.experts[$0]) == slot }
  }
}
