import DequeModule

/// What became of the latest requests: they got a first token, or were turned away.
package struct RecentArrivals: Sendable, Hashable {
  package private(set) var servedCount = 0
  package private(set) var refusedCount = 0
  private var arrivals: Deque<Arrival> = []

  private struct Arrival: Sendable, Hashable {
    let time: Duration
    let isServed: Bool
  }

  /// Long enough for a share, short enough that it ends soon after a burst.
  private static let window = Duration.seconds(5)

  package init() {}

  /// Takes in one; time does not run backwards.
  package mutating func note(isServed: Bool, at now: Duration) {
    arrivals.append(Arrival(time: now, isServed: isServed))
    if isServed { servedCount += 1 } else { refusedCount += 1 }
  }

  package mutating func forget(at now: Duration) {
    while let first = arrivals.first, first.time < now - Self.window {
      arrivals.removeFirst()
      if first.isServed { servedCount -= 1 } else { refusedCount -= 1 }
    }
  }

  /// Where the 90th percentile of all requests lies among `count` ascending latencies of those served, as if the
  /// others' followed without end; nil if it lies among the others'.
  func rank90(count: Int) -> Int? {
    guard refusedCount > 0 else { return 9 * count / 10 }
    let rank = 9 * count * (servedCount + refusedCount) / (10 * max(servedCount, 1))
    return servedCount > 0 && rank < count ? rank : nil
  }
}
