/// Why a trace cannot be replayed.
package enum TraceError: Error, Equatable, CustomStringConvertible {
  case empty
  case notARate(line: Int, text: String)
  case missingColumn(name: String)
  case notARow(line: Int, text: String)

  package var description: String {
    switch self {
    case .empty: "it has no rows"
    case .notARate(let line, let text):
      "line \(line) must be a rate in requests per second, but is '\(text)'"
    case .missingColumn(let name):
      "its first line must name the columns TIMESTAMP, ContextTokens and GeneratedTokens;"
        + " \(name) is missing"
    case .notARow(let line, let text):
      "line \(line) must be a time (2023-11-16 18:15:46.68, or seconds) and two token counts,"
        + " but is '\(text)'"
    }
  }
}

extension Substring {
  /// Without spaces and carriage returns around it.
  var trimmed: Substring {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}

extension String {
  /// Every line, empty ones too; a carriage return and newline are one end of line.
  var lines: [Substring] { split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) }
}
