/// Turns rates that are measured now and then into readings of equal steps.
struct SteppedSeries: Sendable, Hashable {
  private let step: Double
  /// What the step that is not over yet has seen: seconds, and requests.
  private var seconds = 0.0
  private var requests = 0.0

  init(step: Duration) { self.step = step / .seconds(1) }

  /// The readings that a rate, held for so long, completes.
  mutating func add(_ rate: Double, for duration: Duration) -> [Double] {
    var left = max(duration / .seconds(1), 0)
    var readings: [Double] = []
    // A nanosecond too little is enough: durations are sums.
    while seconds + left >= step - 1e-9 {
      let part = max(step - seconds, 0)
      readings.append((requests + rate * part) / step)
      left -= part
      (seconds, requests) = (0, 0)
    }
    left = max(left, 0)
    seconds += left
    requests += rate * left
    return readings
  }
}
