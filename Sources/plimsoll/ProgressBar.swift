/// A bar on standard error while something takes its time; nothing where nobody watches.
struct ProgressBar: Sendable {
  let title: String
  private static let width = 40

  /// Draws the bar at `fraction`, 0 to 1, and ends its line at 1.
  func show(_ fraction: Double, note: String = "") {
    guard Terminal.errorIsTerminal else { return }
    let filled = Int((fraction * Double(Self.width)).rounded(.down))
    let bar =
      String(repeating: "█", count: filled) + String(repeating: "·", count: Self.width - filled)
    let detail = note.isEmpty ? "" : " · \(note)\u{1B}[K"
    let end = fraction >= 1 ? "\n" : ""
    Terminal.writeError("\r\(title) \(bar) \(Int(fraction * 100)) %\(detail)\(end)")
  }
}
