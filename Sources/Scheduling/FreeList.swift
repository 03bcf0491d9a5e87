/// The free blocks, in the order in which they are handed out: a doubly linked list with O(1) removal anywhere.
struct FreeList: Sendable {
  // Node `blockCount` is the sentinel that closes the ring, so no link is ever missing.
  private var successors: [BlockID]
  private var predecessors: [BlockID]
  private(set) var count: Int

  private var sentinel: Int { successors.count - 1 }

  /// All of `blockCount` blocks, ascending.
  init(blockCount: Int) {
    let nodeCount = BlockID(blockCount + 1)
    successors = (0..<nodeCount).map { ($0 + 1) % nodeCount }
    predecessors = (0..<nodeCount).map { ($0 + nodeCount - 1) % nodeCount }
    count = blockCount
  }

  /// None of `blockCount` blocks.
  init(emptyFor blockCount: Int) {
    self.init(blockCount: blockCount)
    (successors[blockCount], predecessors[blockCount]) = (BlockID(blockCount), BlockID(blockCount))
    count = 0
  }

  var first: BlockID? { count == 0 ? nil : successors[sentinel] }

  mutating func prepend(_ block: BlockID) { insert(block, after: BlockID(sentinel)) }

  mutating func append(_ block: BlockID) { insert(block, after: predecessors[sentinel]) }

  mutating func remove(_ block: BlockID) {
    let (before, after) = (predecessors[Int(block)], successors[Int(block)])
    successors[Int(before)] = after
    predecessors[Int(after)] = before
    count -= 1
  }

  private mutating func insert(_ block: BlockID, after before: BlockID) {
    let after = successors[Int(before)]
    successors[Int(before)] = block
    successors[Int(block)] = after
    predecessors[Int(block)] = before
    predecessors[Int(after)] = block
    count += 1
  }

  /// All members from first to last, read forwards; traps if the links do not agree backwards.
  func members() -> [BlockID] {
    var members: [BlockID] = []
    var node = successors[sentinel]
    while node != BlockID(sentinel) {
      precondition(members.count < count, "the ring is longer than its \(count) members")
      precondition(successors[Int(predecessors[Int(node)])] == node, "links disagree at \(node)")
      members.append(node)
      node = successors[Int(node)]
    }
    return members
  }
}
