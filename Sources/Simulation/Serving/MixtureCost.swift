/// What reading a mixture's experts adds to a step: how many there are to read, as measured, and how long one takes.
///
/// The more rows, the more experts; the lower the brownout's threshold, the fewer. Between measured row counts and
/// thresholds the number is interpolated, the rows on a logarithmic scale; beyond them it is that of the nearest.
package struct MixtureCost: Sendable, Hashable {
  /// Experts that a step of some rows reads at each of the table's thresholds.
  package struct Reading: Sendable, Hashable {
    package let rowCount: Int
    package let distinctExpertCounts: [Double]

    package init(rowCount: Int, distinctExpertCounts: [Double]) {
      self.rowCount = rowCount
      self.distinctExpertCounts = distinctExpertCounts
    }
  }

  private let thresholds: [Double]
  private let readings: [Reading]
  private let perExpert: Duration

  /// `thresholds` and the readings' row counts ascend.
  package init(thresholds: [Double], readings: [Reading], perExpert: Duration) {
    precondition(Self.isAscending(thresholds) && Self.isAscending(readings.map(\.rowCount)))
    precondition(
      readings.allSatisfy {
        $0.rowCount > 0 && $0.distinctExpertCounts.count == thresholds.count
      },
      "a number of experts for each threshold"
    )
    self.thresholds = thresholds
    self.readings = readings
    self.perExpert = perExpert
  }

  /// The experts that a step reads of whose rows `fullQualityRowCount` must not notice a brownout.
  package func distinctExpertCount(
    rowCount: Int,
    threshold: Double,
    fullQualityRowCount: Int = 0
  ) -> Double {
    guard rowCount > 0 else { return 0 }
    let browned = interpolated(rowCount: rowCount, threshold: threshold)
    guard fullQualityRowCount > 0 else { return browned }
    return max(browned, interpolated(rowCount: fullQualityRowCount, threshold: 1))
  }

  package func duration(
    rowCount: Int,
    threshold: Double,
    fullQualityRowCount: Int = 0
  ) -> Duration {
    perExpert
      * distinctExpertCount(
        rowCount: rowCount,
        threshold: threshold,
        fullQualityRowCount: fullQualityRowCount
      )
  }

  private func interpolated(rowCount: Int, threshold: Double) -> Double {
    let counts = readings.map { reading in
      Self.interpolate(thresholds, reading.distinctExpertCounts, at: threshold)
    }
    // Doublings, as each adds about as many experts until all are read.
    return Self.interpolate(
      readings.map { Self.doublings($0.rowCount) },
      counts,
      at: Self.doublings(rowCount)
    )
  }

  private static func doublings(_ count: Int) -> Double {
    let whole = Int.bitWidth - 1 - count.leadingZeroBitCount
    return Double(whole) + Double(count) / Double(1 << whole) - 1
  }

  private static func interpolate(_ places: [Double], _ values: [Double], at place: Double)
    -> Double
  {
    guard let next = places.firstIndex(where: { $0 >= place }) else {
      return values[values.count - 1]
    }
    guard next > 0 else { return values[0] }
    let share = (place - places[next - 1]) / (places[next] - places[next - 1])
    return values[next - 1] + share * (values[next] - values[next - 1])
  }

  private static func isAscending(_ numbers: [some Comparable]) -> Bool {
    !numbers.isEmpty && zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }
  }
}
