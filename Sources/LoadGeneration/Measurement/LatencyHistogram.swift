private import Histogram

/// Durations counted with a bounded relative error, in microseconds: a high dynamic range histogram.
package struct LatencyHistogram: Sendable {
  /// How finely values are told apart.
  package enum Precision: Sendable {
    /// To one in a thousand: for a whole run.
    case fine
    /// To one in a hundred, a few kilobytes: for each second of a run.
    case coarse
  }

  private var counts: Histogram<UInt32>
  /// Exact, as the histogram's own mean and extremes are those of its buckets.
  private var sum = Duration.zero
  package private(set) var minimum: Duration?
  package private(set) var maximum: Duration?

  package init(_ precision: Precision = .fine) {
    counts = Histogram(numberOfSignificantValueDigits: precision == .fine ? .three : .two)
  }

  /// Counts one duration; a negative one counts as zero.
  package mutating func record(_ duration: Duration) {
    let duration = max(duration, .zero)
    // A day is far beyond any request; larger values would only enlarge the array.
    let microseconds = min(duration / .microseconds(1), 86_400e6)
    counts.record(UInt64(microseconds.rounded()))
    sum += duration
    minimum = min(minimum ?? duration, duration)
    maximum = max(maximum ?? duration, duration)
  }

  /// Adds everything that `other`, of the same precision, has counted.
  package mutating func merge(_ other: LatencyHistogram) {
    counts.add(other.counts)
    sum += other.sum
    minimum = [minimum, other.minimum].compactMap(\.self).min()
    maximum = [maximum, other.maximum].compactMap(\.self).max()
  }

  package var count: Int { Int(counts.totalCount) }

  package var mean: Duration? { count == 0 ? nil : sum / count }

  /// The least value that a share `quantile` of all values do not exceed, 0...1; nil of nothing.
  package func quantile(_ quantile: Double) -> Duration? {
    guard let maximum, let minimum else { return nil }
    let value = counts.valueAtPercentile(quantile * 100)
    return max(min(.microseconds(Int64(value)), maximum), minimum)
  }

  /// Steps of the cumulative distribution, each value with the share that does not exceed it.
  package var cumulative: [(value: Duration, share: Double)] {
    counts.recordedValues().map { step in
      (.microseconds(Int64(step.value)), Double(step.totalCountToThisValue) / Double(count))
    }
  }
}
