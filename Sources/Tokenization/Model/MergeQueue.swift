/// The tokens of one piece of text while neighbours are being joined.
///
/// A linked list of symbols and a heap of possible joins, best first: lowest rank, then leftmost.
/// An entry of the heap may be out of date when its turn comes; it is then skipped.
struct MergeQueue {
  private var symbols: [Symbol] = []
  private var heap: [Candidate] = []

  /// Children of a heap node: four lie in one cache line, which matters for texts of a megabyte.
  private static let arity = 4

  /// A token in the list; `previous` and `next` are -1 at the ends.
  private struct Symbol {
    var token: Int32
    var previous: Int32
    var next: Int32
    var isRemoved = false
  }

  /// A join of the symbol at `position` with its neighbour on the right.
  private struct Candidate {
    let rank: Int32
    let position: Int32
    let token: Int32

    /// Rank and position as one number, the order in which joins are made.
    var order: UInt64 {
      UInt64(UInt32(bitPattern: rank)) << 32 | UInt64(UInt32(bitPattern: position))
    }
  }

  /// Forgets the piece but keeps the memory.
  mutating func removeAll() {
    symbols.removeAll(keepingCapacity: true)
    heap.removeAll(keepingCapacity: true)
  }

  /// Adds a token on the right.
  mutating func append(_ token: Int32) {
    let position = Int32(symbols.count)
    if position > 0 { symbols[symbols.count - 1].next = position }
    symbols.append(Symbol(token: token, previous: position - 1, next: -1))
  }

  /// Joins neighbours until no merge applies.
  mutating func mergeAll(by merges: MergeTable) {
    for position in symbols.indices.dropLast() { enqueue(Int32(position), merges) }
    while let best = popBest() {
      let left = Int(best.position)
      guard !symbols[left].isRemoved, symbols[left].next >= 0 else { continue }
      let right = Int(symbols[left].next)
      guard merges[symbols[left].token, symbols[right].token]?.token == best.token else { continue }
      symbols[left].token = best.token
      symbols[left].next = symbols[right].next
      symbols[right].isRemoved = true
      if symbols[left].next >= 0 { symbols[Int(symbols[left].next)].previous = best.position }
      if symbols[left].previous >= 0 { enqueue(symbols[left].previous, merges) }
      if symbols[left].next >= 0 { enqueue(best.position, merges) }
    }
  }

  /// Appends the tokens that are left, in order.
  func appendTokens(to ids: inout [Int32]) {
    for symbol in symbols where !symbol.isRemoved { ids.append(symbol.token) }
  }

  private mutating func enqueue(_ position: Int32, _ merges: MergeTable) {
    let symbol = symbols[Int(position)]
    guard let merge = merges[symbol.token, symbols[Int(symbol.next)].token] else { return }
    push(Candidate(rank: merge.rank, position: position, token: merge.token))
  }

  private mutating func push(_ candidate: Candidate) {
    heap.append(candidate)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / Self.arity
      guard candidate.order < heap[parent].order else { break }
      heap[child] = heap[parent]
      child = parent
    }
    heap[child] = candidate
  }

  private mutating func popBest() -> Candidate? {
    guard let best = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return best }
    var parent = 0
    while let child = bestChild(of: parent), heap[child].order < last.order {
      heap[parent] = heap[child]
      parent = child
    }
    heap[parent] = last
    return best
  }

  private func bestChild(of parent: Int) -> Int? {
    let first = Self.arity * parent + 1
    guard first < heap.count else { return nil }
    var best = first
    var child = first + 1
    while child < min(first + Self.arity, heap.count) {
      if heap[child].order < heap[best].order { best = child }
      child += 1
    }
    return best
  }
}
