import Randomness
import Testing

@testable import Scheduling

@Suite struct TurnQueueTests {
  @Test(arguments: 0..<20)
  func `whatever comes and goes, the first is the one that stands first`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var queue = TurnQueue()
    var truth: [Int: Standing] = [:]
    for rank in 0..<500 {
      let handle = Int.random(in: 0..<40, using: &random)
      if truth[handle] != nil {
        let isRemoved = queue.remove(handle)
        #expect(isRemoved)
        truth[handle] = nil
      } else {
        let standing = Standing(key: Int64.random(in: 0..<9, using: &random), rank: UInt64(rank))
        queue.insert(handle, standing: standing)
        truth[handle] = standing
      }
      #expect(queue.count == truth.count)
      #expect(queue.first?.standing == truth.values.min(), "seed \(seed)")
      if let first = queue.first { #expect(truth[first.handle] == first.standing) }
    }
  }

  @Test func `removing who is not there changes nothing`() {
    var queue = TurnQueue()
    let isRemoved = queue.remove(7)
    #expect(!isRemoved)
    #expect(queue.isEmpty)
  }
}
