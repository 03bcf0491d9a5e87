/// A moment of the simulated world, or a span of its time: whole nanoseconds since the world began.
///
/// `Duration` has 128 bits and is what the edges of the simulation speak; its inside computes with this.
package struct VirtualTime: Hashable, Comparable, Sendable {
  package var nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The duration to the nearest nanosecond below; at most 292 years.
  package init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }

  /// The first whole nanosecond at or after this number of them; ``never`` when that is out of reach.
  init(roundingUp nanoseconds: Double) {
    self.nanoseconds = nanoseconds < 9e18 ? Int64(nanoseconds.rounded(.up)) : .max
  }

  package static let zero = VirtualTime(nanoseconds: 0)
  /// Later than every moment that is reached.
  package static let never = VirtualTime(nanoseconds: .max)

  package var duration: Duration { .nanoseconds(nanoseconds) }
  package var seconds: Double { Double(nanoseconds) / 1e9 }

  package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

  package static func - (left: Self, right: Self) -> Self {
    VirtualTime(nanoseconds: left.nanoseconds - right.nanoseconds)
  }

  /// The sum; anything after ``never`` is ``never``.
  package static func + (left: Self, right: Self) -> Self {
    let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.nanoseconds)
    return overflow ? .never : VirtualTime(nanoseconds: sum)
  }
}
