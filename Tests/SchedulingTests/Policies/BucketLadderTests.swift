import Randomness
import Testing

@testable import Scheduling

@Suite struct BucketLadderTests {
  /// Members by length, beside the ladder that counts them.
  private struct Members {
    var ladder: BucketLadder
    var lengths: [Int] = []

    mutating func add(_ length: Int) {
      ladder.insert(length: length)
      lengths.append(length)
    }

    func check(_ seed: UInt64) {
      let ranges = ladder.ranges
      #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == ladder.maximum)
      #expect(
        zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound },
        "seed \(seed): \(ranges)"
      )
      #expect(ranges.count <= ladder.maximumBucketCount)
      for (bucket, range) in ranges.enumerated() {
        #expect(ladder.memberCount(of: bucket) == lengths.count(where: range.contains), "\(range)")
      }
    }
  }

  @Test(arguments: 0..<30)
  func `buckets partition the lengths and keep their members, whatever happens`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let maximum = Int.random(in: 1...5000, using: &random)
    let rule: BucketLadder.Rule = Bool.random(using: &random) ? .paper : .steady
    var members = Members(
      ladder: BucketLadder(
        rule: rule,
        maximum: maximum,
        minimumWidth: Int.random(in: 1...64, using: &random)
      )
    )
    for _ in 0..<200 {
      switch Int.random(in: 0..<4, using: &random) {
      case 0 where !members.lengths.isEmpty:
        let index = Int.random(in: members.lengths.indices, using: &random)
        members.ladder.remove(length: members.lengths.remove(at: index))
      case 1: members.ladder.update(batchLimit: Int.random(in: 1...40, using: &random))
      default:
        for _ in 0..<5 { members.add(Int.random(in: 0..<maximum, using: &random)) }
      }
      members.check(seed)
    }
  }

  private func ladder(_ rule: BucketLadder.Rule, lengths: [Int]) -> BucketLadder {
    var ladder = BucketLadder(rule: rule, maximum: 1024, minimumWidth: 16)
    for length in lengths { ladder.insert(length: length) }
    return ladder
  }

  @Test(
    arguments: [
      // More than half in the lower half and more members than a batch: both are needed.
      (lower: 11, upper: 9, batch: 19, isSplit: true),
      (lower: 10, upper: 10, batch: 19, isSplit: false),
      (lower: 11, upper: 9, batch: 20, isSplit: false),
    ]
  )
  func `the paper splits at the middle when the lower half prevails and a batch is exceeded`(
    lower: Int,
    upper: Int,
    batch: Int,
    isSplit: Bool
  ) {
    let lengths = Array(repeating: 100, count: lower) + Array(repeating: 900, count: upper)
    var ladder = ladder(.paper, lengths: lengths)
    ladder.update(batchLimit: batch)
    #expect(ladder.ranges == (isSplit ? [0..<512, 512..<1024] : [0..<1024]))
  }

  @Test func `the paper never splits what is skewed to the long side; the steady rule does`() {
    let lengths = Array(repeating: 900, count: 20)
    for (rule, count) in [(BucketLadder.Rule.paper, 1), (.steady, 2)] {
      var ladder = ladder(rule, lengths: lengths)
      ladder.update(batchLimit: 10)
      #expect(ladder.bucketCount == count)
    }
  }

  @Test func `the paper merges below one batch at once, the steady rule after a quiet while`() {
    for (rule, counts) in [(BucketLadder.Rule.paper, [1, 1, 1]), (.steady, [2, 2, 1])] {
      var ladder = ladder(rule, lengths: Array(repeating: 100, count: 20))
      ladder.update(batchLimit: 10)
      #expect(ladder.bucketCount == 2)
      for _ in 0..<16 { ladder.remove(length: 100) }
      let merging = (0..<3).map { _ in
        ladder.update(batchLimit: 10)
        return ladder.bucketCount
      }
      #expect(merging == counts)
    }
  }
}
