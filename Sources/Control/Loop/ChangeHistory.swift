/// Changes of a replica count, newest last.
struct ChangeHistory: Sendable {
  enum Direction { case growth, shrink }

  private var changes: [(time: Duration, delta: Int)] = []
  private(set) var lastGrowth: Duration?
  private(set) var lastChange: Duration?

  mutating func note(_ delta: Int, isResize: Bool, at now: Duration, keeping memory: Duration) {
    changes.removeAll { $0.time < now - memory }
    if delta != 0 { changes.append((now, delta)) }
    if delta > 0 { lastGrowth = now }
    if delta != 0 || isResize { lastChange = now }
  }

  /// Replicas that went after `start`.
  func removed(since start: Duration) -> Int {
    changes.reduce(0) { $1.time > start ? $0 - min(0, $1.delta) : $0 }
  }

  /// How many more replicas may come or go so that no stretch of one period, wherever it begins, exceeds the cap.
  func room(
    under cap: RateCap,
    for direction: Direction,
    from current: Int,
    at now: Duration
  ) -> Int {
    var (base, moved) = (current, 0)
    var room = cap.allowance(from: base)
    for change in changes.reversed() {
      guard change.time > now - cap.period else { break }
      base -= change.delta
      moved += max(0, direction == .growth ? change.delta : -change.delta)
      room = min(room, cap.allowance(from: base) - moved)
    }
    return max(0, room)
  }
}
