/// The times of a sliding window: as long as asked to within a twelfth, in constant memory.
struct SlidingHistogram {
  private static let sliceCount = 12

  let window: VirtualTime
  private var slices: [LatencyHistogram]
  /// The number of the slice being filled, counted from the beginning of time.
  private var current: Int64 = 0

  init(window: VirtualTime) {
    precondition(window.nanoseconds >= Int64(Self.sliceCount), "a window of \(window.duration)")
    self.window = window
    slices = Array(repeating: LatencyHistogram(), count: Self.sliceCount)
  }

  mutating func record(_ time: VirtualTime, at now: VirtualTime) {
    turn(to: now)
    slices[Int(current) % Self.sliceCount].record(time)
  }

  /// The times of the window that ends now.
  mutating func merged(at now: VirtualTime) -> LatencyHistogram {
    turn(to: now)
    var merged = LatencyHistogram()
    for slice in slices { merged.add(slice) }
    return merged
  }

  /// Empties the slices that have left the window since the last call.
  private mutating func turn(to now: VirtualTime) {
    let number = now.nanoseconds / (window.nanoseconds / Int64(Self.sliceCount))
    guard number > current else { return }
    let first = max(current + 1, number - Int64(Self.sliceCount) + 1)
    for old in first...number { slices[Int(old) % Self.sliceCount].removeAll() }
    current = number
  }
}
