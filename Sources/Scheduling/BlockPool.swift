/// Who holds which KV block, and which free blocks still hold something worth finding again.
///
/// After the block manager of PagedAttention (Kwon et al. 2023, §4.2) with automatic prefix caching: a full block is
/// registered under the key of its content; when its last holder lets go it stays findable and goes to the
/// back of the free list, so the least recently used content is overwritten first. Owned by the ``Scheduler``.
package struct BlockPool: Sendable {
  /// Positions per block.
  package let blockLength: Int
  package let blockCount: Int
  private(set) var referenceCounts: [Int32]
  private(set) var keys: [BlockKey?]
  private(set) var blocksByKey: [BlockKey: BlockID] = [:]
  private(set) var freeList: FreeList
  /// Those of the free blocks whose content was computed in a brownout: given away before any exact content.
  private(set) var brownedList: FreeList
  private(set) var isBrowned: [Bool]

  package init(blockCount: Int, blockLength: Int) {
    precondition(blockCount > 0 && blockLength > 0, "\(blockCount) blocks of \(blockLength)")
    self.blockLength = blockLength
    self.blockCount = blockCount
    referenceCounts = Array(repeating: 0, count: blockCount)
    keys = Array(repeating: nil, count: blockCount)
    blocksByKey.reserveCapacity(blockCount)
    freeList = FreeList(blockCount: blockCount)
    brownedList = FreeList(emptyFor: blockCount)
    isBrowned = Array(repeating: false, count: blockCount)
  }

  /// Blocks that nobody holds, including those whose content can still be found.
  package var freeCount: Int { freeList.count + brownedList.count }

  /// How many blocks `tokenCount` positions occupy.
  package func blockCount(forTokens tokenCount: Int) -> Int {
    (tokenCount + blockLength - 1) / blockLength
  }

  /// Takes a free block for new content, forgetting what it held; nil when all are held.
  package mutating func allocate() -> BlockID? {
    guard let block = nextBlock else { return nil }
    removeFromFree(block)
    isBrowned[Int(block)] = false
    if let key = keys[Int(block)] {
      blocksByKey[key] = nil
      keys[Int(block)] = nil
    }
    referenceCounts[Int(block)] = 1
    return block
  }

  /// Adds a holder to a block that is held, or whose content was found.
  package mutating func retain(_ block: BlockID) {
    if referenceCounts[Int(block)] == 0 { removeFromFree(block) }
    referenceCounts[Int(block)] += 1
  }

  /// Removes a holder; the block becomes free with the last one.
  package mutating func release(_ block: BlockID) {
    precondition(referenceCounts[Int(block)] > 0, "block \(block) is released but not held")
    referenceCounts[Int(block)] -= 1
    guard referenceCounts[Int(block)] == 0 else { return }
    if keys[Int(block)] == nil {
      freeList.prepend(block)
    } else if isBrowned[Int(block)] {
      brownedList.append(block)
    } else {
      freeList.append(block)
    }
  }

  /// The free block that is missed least: one without findable content, then one from a brownout.
  private var nextBlock: BlockID? {
    guard let first = freeList.first else { return brownedList.first }
    return keys[Int(first)] == nil ? first : brownedList.first ?? first
  }

  private mutating func removeFromFree(_ block: BlockID) {
    if keys[Int(block)] != nil, isBrowned[Int(block)] {
      brownedList.remove(block)
    } else {
      freeList.remove(block)
    }
  }

  /// Makes a held block's content findable; without effect when another block already holds the same.
  package mutating func register(_ block: BlockID, as key: BlockKey, isBrowned: Bool = false) {
    precondition(referenceCounts[Int(block)] > 0, "block \(block) is registered but not held")
    guard keys[Int(block)] == nil, blocksByKey[key] == nil else { return }
    keys[Int(block)] = key
    self.isBrowned[Int(block)] = isBrowned
    blocksByKey[key] = block
  }

  /// The block that holds the content with this key.
  package func block(holding key: BlockKey) -> BlockID? { blocksByKey[key] }

  /// Whether nobody holds the block.
  package func isFree(_ block: BlockID) -> Bool { referenceCounts[Int(block)] == 0 }

  /// Traps unless every block is either held or in the free list once, and every key leads to its block.
  /// - Complexity: O(blocks); for tests and idle moments.
  package func checkInvariants() {
    let free = freeList.members() + brownedList.members()
    precondition(free.count == freeCount && Set(free).count == free.count, "free list \(free)")
    precondition(
      brownedList.members().allSatisfy { isBrowned[Int($0)] && keys[Int($0)] != nil },
      "exact content is kept as browned"
    )
    for block in 0..<BlockID(blockCount) {
      precondition(referenceCounts[Int(block)] >= 0, "block \(block) has negative holders")
    }
    precondition(free.allSatisfy { referenceCounts[Int($0)] == 0 }, "a held block is free")
    precondition(
      free.count == referenceCounts.count { $0 == 0 },
      "a block is neither held nor free"
    )
    precondition(blocksByKey.count == keys.count { $0 != nil }, "keys and blocks disagree")
    for (key, block) in blocksByKey {
      precondition(keys[Int(block)] == key, "block \(block) is found under a foreign key")
    }
  }
}
