/// The least of the last 128 to 256 values.
struct RecentMinimum: Sendable {
  private var current: Duration?
  private var previous: Duration?
  private var count = 0

  private static let window = 128

  /// Nil of nothing.
  var minimum: Duration? { [current, previous].compactMap(\.self).min() }

  mutating func note(_ value: Duration) {
    if count == Self.window { (previous, current, count) = (current, nil, 0) }
    current = min(current ?? value, value)
    count += 1
  }
}
