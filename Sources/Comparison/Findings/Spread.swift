/// One quantity over seeds.
package struct Spread: Hashable, Sendable {
  /// In the order of the seeds; never empty.
  package let values: [Double]

  package init(_ values: [Double]) {
    precondition(!values.isEmpty, "no run to sum up")
    self.values = values
  }

  /// Nil if one of them is missing: the others would be of other seeds than they are compared with.
  init?(measured values: [Double?]) {
    let present = values.compactMap(\.self)
    guard present.count == values.count else { return nil }
    self.init(present)
  }

  package var mean: Double { values.reduce(0, +) / Double(values.count) }
  package var least: Double { values.min() ?? .nan }
  package var most: Double { values.max() ?? .nan }
  var range: ClosedRange<Double> { least...most }

  /// How this compares with another quantity of the same seeds, pair by pair.
  ///
  /// A difference counts when its mean is more than twice its standard error; with one seed every difference does.
  package func comparison(with other: Spread) -> Difference {
    precondition(values.count == other.values.count, "not of the same seeds")
    let differences = Spread(zip(values, other.values).map { $0 - $1 })
    let mean = differences.mean
    let rounding = 1e-12 * max(abs(self.mean), abs(other.mean))
    guard abs(mean) > max(2 * differences.standardError, rounding) else { return .alike }
    return mean < 0 ? .less : .more
  }

  package enum Difference: Hashable, Sendable {
    case less, alike, more
  }

  /// Zero for one value, which says nothing of its spread.
  private var standardError: Double {
    guard values.count > 1 else { return 0 }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
  }
}

extension [Double] {
  /// Nil where there is nothing to average.
  var average: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }
}
