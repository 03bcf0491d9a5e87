import Glibc

/// Standard input and output as a person or a pipe.
enum Terminal {
  static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }
  static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// The lines of standard input, read on a thread of their own, as reading waits for a person.
  static func lines() -> AsyncStream<String> {
    AsyncStream { continuation in
      let reader = Thread {
        while let line = readLine() { continuation.yield(line) }
        continuation.finish()
      }
      reader.start()
    }
  }

  /// Writes to standard error.
  static func writeError(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }

  /// Writes at once, without waiting for the end of a line.
  static func write(_ text: String) {
    print(text, terminator: "")
    fflush(nil)
  }
}
