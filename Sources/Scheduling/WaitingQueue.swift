import DequeModule

/// Sequences that hold no blocks, in the order in which they get their turn.
///
/// The one place that knows the order: rank, the order of arrival, under first come, first served.
struct WaitingQueue: Sendable {
  private(set) var states: Deque<SequenceState> = []

  var count: Int { states.count }
  var isEmpty: Bool { states.isEmpty }

  subscript(index: Int) -> SequenceState {
    get { states[index] }
    _modify { yield &states[index] }
  }

  /// - Complexity: O(1) for a new arrival; O(log waiting + its place) for one that comes back.
  mutating func insert(_ state: SequenceState) {
    if let last = states.last, last.rank > state.rank {
      states.insert(state, at: index(forRank: state.rank))
    } else {
      states.append(state)
    }
  }

  mutating func remove(at index: Int) -> SequenceState { states.remove(at: index) }

  mutating func removeAll(where isGone: (SequenceState) -> Bool) { states.removeAll(where: isGone) }

  private func index(forRank rank: UInt64) -> Int {
    var (low, high) = (0, states.count)
    while low < high {
      let middle = (low + high) / 2
      if states[middle].rank < rank { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
