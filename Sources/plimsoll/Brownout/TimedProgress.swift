/// A progress bar that also says how long the work will still take; for work of minutes.
struct TimedProgress {
  let title: String
  private let start = ContinuousClock.now
  private var latest: ContinuousClock.Instant?

  init(title: String) { self.title = title }

  /// Draws the bar at `fraction`, 0 to 1, at most ten times a second, and clears it at 1.
  mutating func show(_ fraction: Double) {
    guard Terminal.errorIsTerminal else { return }
    let now = ContinuousClock.now
    if let latest, now - latest < .milliseconds(100), fraction < 1 { return }
    latest = now
    guard fraction < 1 else { return Terminal.writeError("\r\u{1B}[K") }
    let filled = Int(30 * fraction)
    let bar =
      String(repeating: "█", count: filled) + String(repeating: "·", count: 30 - filled)
    Terminal.writeError(
      "\r\u{1B}[K\(title) \(bar) \(Int(fraction * 100)) %\(timeLeft(fraction, now))"
    )
  }

  private func timeLeft(_ fraction: Double, _ now: ContinuousClock.Instant) -> String {
    guard fraction > 0.01 else { return "" }
    let seconds = Int((now - start) / .seconds(1) * (1 - fraction) / fraction)
    return seconds < 90 ? ", \(seconds) s left" : ", \(seconds / 60 + 1) min left"
  }
}
