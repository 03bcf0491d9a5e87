import Randomness
import Testing

@testable import Scheduling

@Suite struct BlockPoolTests {
  private let root = BlockKey(salt: 0)

  private func key(_ tokens: [Int32]) -> BlockKey { BlockKey(parent: root, tokens: tokens[...]) }

  @Test func `a pool hands out each block once and then says so`() {
    var pool = BlockPool(blockCount: 3, blockLength: 4)
    let blocks = (0..<3).compactMap { _ in pool.allocate() }
    #expect(Set(blocks) == [0, 1, 2])
    let none = pool.allocate()
    #expect(none == nil)
    pool.release(blocks[1])
    let again = pool.allocate()
    #expect(again == blocks[1])
    pool.checkInvariants()
  }

  @Test func `a shared block is free only when its last holder lets go`() throws {
    var pool = BlockPool(blockCount: 1, blockLength: 4)
    let allocated = pool.allocate()
    let block = try #require(allocated)
    pool.retain(block)
    pool.release(block)
    #expect(pool.freeCount == 0)
    pool.release(block)
    #expect(pool.freeCount == 1)
  }

  @Test func `a registered block is found again after it was released`() throws {
    var pool = BlockPool(blockCount: 2, blockLength: 2)
    let allocated = pool.allocate()
    let block = try #require(allocated)
    pool.register(block, as: key([1, 2]))
    pool.release(block)
    #expect(pool.block(holding: key([1, 2])) == block)
    pool.retain(block)
    #expect(pool.freeCount == 1)
    pool.checkInvariants()
  }

  @Test func `blocks without content are overwritten before cached ones, and those oldest first`() {
    var pool = BlockPool(blockCount: 3, blockLength: 1)
    let blocks = (0..<3).compactMap { _ in pool.allocate() }
    pool.register(blocks[0], as: key([0]))
    pool.register(blocks[1], as: key([1]))
    for block in blocks { pool.release(block) }
    let order = (0..<3).map { _ in pool.allocate() }
    #expect(order == [blocks[2], blocks[0], blocks[1]])
    #expect(pool.block(holding: key([0])) == nil)
    pool.checkInvariants()
  }

  @Test func `the same content in two blocks is registered once`() {
    var pool = BlockPool(blockCount: 2, blockLength: 1)
    let blocks = (0..<2).compactMap { _ in pool.allocate() }
    for block in blocks { pool.register(block, as: key([7])) }
    #expect(pool.block(holding: key([7])) == blocks[0])
    pool.checkInvariants()
  }

  @Test func `a key depends on salt, tokens and everything before them`() {
    let first = key([1, 2])
    #expect(first == key([1, 2]))
    #expect(first != key([2, 1]))
    #expect(first != BlockKey(parent: BlockKey(salt: 1), tokens: [1, 2]))
    #expect(BlockKey(parent: first, tokens: [3]) != BlockKey(parent: key([9, 2]), tokens: [3]))
  }

  @Test(arguments: 0..<20)
  func `random use keeps every block held or free, and content findable`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var pool = BlockPool(blockCount: 8, blockLength: 1)
    var held: [BlockID] = []
    for step in 0..<300 {
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        if let block = pool.allocate() { held.append(block) } else { #expect(held.count >= 8) }
      case 1:
        if let index = held.indices.randomElement(using: &random) {
          pool.release(held.remove(at: index))
        }
      case 2:
        if let block = held.randomElement(using: &random) {
          pool.register(block, as: key([Int32(step % 12)]))
        }
      default:
        if let block = pool.block(holding: key([Int32(step % 12)])) {
          pool.retain(block)
          held.append(block)
        }
      }
      pool.checkInvariants()
      #expect(pool.freeCount == 8 - Set(held).count, "seed \(seed), step \(step)")
    }
  }
}
