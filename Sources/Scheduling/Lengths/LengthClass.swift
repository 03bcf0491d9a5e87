/// One of nine doubling intervals of answer lengths, after UELLM: [0, 8), [8, 16), … [1024, 2048).
///
/// Longer answers count as the last.
package struct LengthClass: Sendable, Hashable, Comparable, CaseIterable {
  package let index: Int

  package static let allCases = (0..<9).map { LengthClass(index: $0) }
  package static let last = LengthClass(index: 8)

  package init(index: Int) {
    precondition((0..<9).contains(index), "length class \(index)")
    self.index = index
  }

  /// The class of answers with that many tokens.
  package init(tokenCount: Int) {
    precondition(tokenCount >= 0, "\(tokenCount) tokens")
    // 8…15 has three binary digits after the leading one.
    let magnitude = Int.bitWidth - max(tokenCount, 1).leadingZeroBitCount
    index = min(max(magnitude - 3, 0), 8)
  }

  /// The lengths of the class.
  package var range: Range<Int> { (index == 0 ? 0 : 4 << index)..<(8 << index) }

  /// A typical length: the interval's geometric middle.
  package var middle: Int { index == 0 ? 4 : Int(Double(4 << index) * 2.0.squareRoot()) }

  package static func < (left: LengthClass, right: LengthClass) -> Bool { left.index < right.index }
}

/// How long an answer is expected to become; never a limit.
package struct LengthForecast: Sendable, Hashable {
  /// Tokens of a middling case.
  package let expected: Int
  /// Tokens that the answer is not expected to exceed, at least ``expected``.
  package let upperBound: Int

  package init(expected: Int, upperBound: Int) {
    precondition(
      expected >= 0 && upperBound >= expected,
      "\(expected) tokens, at most \(upperBound)"
    )
    self.expected = expected
    self.upperBound = upperBound
  }

  /// The forecast that the answer's length falls into or up to these classes, cut to what the request allows.
  init(_ expected: LengthClass, atMost bound: LengthClass, maximum: Int) {
    let upperBound = min(max(bound, expected).range.upperBound - 1, maximum)
    self.init(expected: min(expected.middle, upperBound), upperBound: upperBound)
  }
}
