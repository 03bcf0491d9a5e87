import Synchronization

/// One line that changes in place on a terminal, and lines that stay above it.
final class StatusDisplay: Sendable {
  private let status = Mutex("")

  /// Shows the present state of things.
  func show(_ text: String) {
    status.withLock { status in
      status = text
      Terminal.writeError(Terminal.errorIsTerminal ? "\r\u{1B}[K\(text)" : "\(text)\n")
    }
  }

  /// Adds a line that stays.
  func note(_ text: String) {
    status.withLock { status in
      let isLive = Terminal.errorIsTerminal && !status.isEmpty
      Terminal.writeError(isLive ? "\r\u{1B}[K\(text)\n\(status)" : "\(text)\n")
    }
  }
}
