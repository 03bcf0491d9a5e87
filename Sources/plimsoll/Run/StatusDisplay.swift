import Glibc
import Synchronization

/// One line that changes in place on a terminal, and lines that stay above it.
final class StatusDisplay: Sendable {
  private let status = Mutex("")

  /// Shows the present state of things.
  func show(_ text: String) {
    status.withLock { status in
      status = Terminal.errorIsTerminal ? String(text.prefix(Self.width - 1)) : text
      Terminal.writeError(Terminal.errorIsTerminal ? "\r\u{1B}[K\(status)" : "\(text)\n")
    }
  }

  /// Adds a line that stays.
  func note(_ text: String) {
    status.withLock { status in
      let isLive = Terminal.errorIsTerminal && !status.isEmpty
      Terminal.writeError(isLive ? "\r\u{1B}[K\(text)\n\(status)" : "\(text)\n")
    }
  }

  /// The terminal's columns; a line that is wider could not be replaced.
  private static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
