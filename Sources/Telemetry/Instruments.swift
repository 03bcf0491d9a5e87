import Synchronization

/// A number that only grows.
package final class Counter: Sendable {
  private let total = Mutex(0.0)

  init() {}

  /// Adds `amount`, which must not be negative.
  package func add(_ amount: Double = 1) {
    precondition(amount >= 0, "a counter cannot fall by \(-amount)")
    total.withLock { $0 += amount }
  }

  package var value: Double { total.withLock { $0 } }
}

/// A number that rises and falls.
package final class Gauge: Sendable {
  private let current = Mutex(0.0)

  init() {}

  package func set(_ value: Double) { current.withLock { $0 = value } }

  package func add(_ amount: Double) { current.withLock { $0 += amount } }

  package var value: Double { current.withLock { $0 } }
}

/// A distribution, counted in buckets with fixed upper bounds.
package final class Histogram: Sendable {
  /// Counts at one moment.
  package struct Snapshot: Sendable, Hashable {
    /// How many values fell into each bucket, not cumulated; the last is for values above every bound.
    package var counts: [Int]
    package var sum: Double

    package var count: Int { counts.reduce(0, +) }
  }

  /// Inclusive upper bounds, ascending, without the infinite one.
  package let bounds: [Double]
  private let state: Mutex<Snapshot>

  init(bounds: [Double]) {
    precondition(
      zip(bounds, bounds.dropFirst()).allSatisfy(<),
      "bucket bounds must ascend: \(bounds)"
    )
    self.bounds = bounds
    state = Mutex(Snapshot(counts: Array(repeating: 0, count: bounds.count + 1), sum: 0))
  }

  /// Counts one value; values that are not finite are left out, as their sum would be.
  /// - Complexity: O(log bounds); allocates nothing.
  package func observe(_ value: Double) {
    guard value.isFinite else { return }
    let bucket = bucketIndex(of: value)
    state.withLock {
      $0.counts[bucket] += 1
      $0.sum += value
    }
  }

  package var snapshot: Snapshot { state.withLock { $0 } }

  private func bucketIndex(of value: Double) -> Int {
    var (low, high) = (0, bounds.count)
    while low < high {
      let middle = (low + high) / 2
      if value <= bounds[middle] { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension Histogram {
  /// Bounds of the series 1, 2, 5, 10, 20, … from `smallest` (a power of ten) up to at most `largest`.
  package static func decades(from smallest: Double, through largest: Double) -> [Double] {
    var bounds: [Double] = []
    var decade = smallest
    while decade <= largest {
      bounds.append(contentsOf: [decade, 2 * decade, 5 * decade].filter { $0 <= largest })
      decade *= 10
    }
    return bounds
  }
}
