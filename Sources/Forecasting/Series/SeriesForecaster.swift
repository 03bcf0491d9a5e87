/// Forecasts one series of loads, reading by reading.
///
/// A pure value, like a policy: the same readings make the same forecasts. A reading is the mean rate, requests per
/// second, over one step; how long a step is only the owner knows.
package protocol SeriesForecaster: Sendable {
  /// Takes note of the next reading.
  mutating func observe(_ rate: Double)

  /// The reading `stepCount` steps after the latest; nil while nothing is known.
  func forecast(after stepCount: Int) -> ForecastInterval?
}

/// What is expected, and between what bounds; requests per second.
package struct ForecastInterval: Hashable, Sendable {
  package var lower: Double
  package var expected: Double
  package var upper: Double

  package init(lower: Double, expected: Double, upper: Double) {
    self.lower = lower
    self.expected = expected
    self.upper = upper
  }

  /// A forecast that says nothing of its own error.
  package init(_ expected: Double) {
    self.init(lower: expected, expected: expected, upper: expected)
  }

  package func contains(_ rate: Double) -> Bool { lower <= rate && rate <= upper }
}

/// The latest readings, as many as are needed.
package struct RecentReadings: Sendable, Hashable {
  private let capacity: Int
  private var ring: [Double] = []
  private var end = 0

  package init(capacity: Int) {
    precondition(capacity > 0, "room for \(capacity) readings")
    self.capacity = capacity
  }

  package var count: Int { ring.count }

  package mutating func append(_ reading: Double) {
    if ring.count < capacity {
      ring.append(reading)
    } else {
      ring[end] = reading
      end = (end + 1) % capacity
    }
  }

  /// The reading so many steps before the latest; nil if it is forgotten or yet to come.
  package subscript(ago stepCount: Int) -> Double? {
    guard (0..<ring.count).contains(stepCount) else { return nil }
    return ring[(end + ring.count - 1 - stepCount) % ring.count]
  }
}
