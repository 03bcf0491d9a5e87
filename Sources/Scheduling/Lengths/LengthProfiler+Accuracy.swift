extension LengthProfiler {
  /// How the forecasts of one source turned out.
  package struct Accuracy: Sendable, Hashable {
    /// How often each class was expected, and which was the true one: `[expected][true]`.
    package private(set) var confusion: [[Int]]
    /// The answer stayed within the upper bound.
    package private(set) var coveredCount = 0

    package init() {
      let classCount = LengthClass.allCases.count
      confusion = Array(repeating: Array(repeating: 0, count: classCount), count: classCount)
    }

    package var count: Int { count { _, _ in true } }

    /// The expected class was the true one.
    package var exactCount: Int { count { $0 == $1 } }

    /// It was the true one or a neighbour.
    package var nearCount: Int { count { abs($0 - $1) <= 1 } }

    package mutating func note(
      _ expected: LengthClass,
      atMost bound: LengthClass,
      truth: LengthClass
    ) {
      confusion[expected.index][truth.index] += 1
      if truth <= bound { coveredCount += 1 }
    }

    private func count(where isCounted: (_ expected: Int, _ truth: Int) -> Bool) -> Int {
      confusion.enumerated().reduce(0) { sum, row in
        row.element.enumerated().reduce(sum) {
          isCounted(row.offset, $1.offset) ? $0 + $1.element : $0
        }
      }
    }
  }
}
