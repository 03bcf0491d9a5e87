import Randomness
import Testing

@testable import Tensors

@Suite struct LargestNumberTests {
  /// The twin: one number after the other.
  private func firstLargest(_ numbers: [Float]) -> Int {
    var best = 0
    var maximum = -Float.infinity
    for index in numbers.indices where numbers[index] > maximum {
      (best, maximum) = (index, numbers[index])
    }
    return best
  }

  @Test(arguments: 0..<60)
  func `the first of the largest is found, whatever is not a number`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    // Few distinct values, so that the largest comes often.
    let values: [Float] =
      [-.infinity, .nan, -1, 0, 1, 1.5] + (seed.isMultiple(of: 5) ? [.infinity] : [])
    var numbers = (0..<Int.random(in: 1...5000, using: &random)).map { _ in
      values[Int.random(in: 0..<values.count, using: &random)]
    }
    if seed.isMultiple(of: 3) { numbers[Int.random(in: 0..<numbers.count, using: &random)] = 7 }
    let expected = firstLargest(numbers)
    #expect(numbers.withUnsafeMutableBufferPointer(\.indexOfLargest) == expected)
  }

  @Test func `nothing above negative infinity answers 0`() {
    var numbers: [Float] = [.nan, -.infinity, .nan]
    #expect(numbers.withUnsafeMutableBufferPointer(\.indexOfLargest) == 0)
  }
}
