/// Reads server-sent events from bytes that arrive in any pieces.
///
/// Only what chat streams use: the `data` fields of an event joined by newlines; comments and other fields
/// are skipped.
struct EventStreamParser {
  private var line: [UInt8] = []
  private var data: [String] = []
  private var endsWithReturn = false

  /// Takes the next bytes; returns the data of each event that they complete.
  mutating func append(_ bytes: some Sequence<UInt8>) -> [String] {
    var events: [String] = []
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\n") where endsWithReturn: endsWithReturn = false
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        endsWithReturn = byte == UInt8(ascii: "\r")
        if let event = endLine() { events.append(event) }
      default:
        endsWithReturn = false
        line.append(byte)
      }
    }
    return events
  }

  /// An empty line ends an event.
  private mutating func endLine() -> String? {
    defer { line = [] }
    guard !line.isEmpty else {
      defer { data = [] }
      return data.isEmpty ? nil : data.joined(separator: "\n")
    }
    let text = String(decoding: line, as: UTF8.self)
    guard text.hasPrefix("data:") else { return nil }
    let value = text.dropFirst(5)
    data.append(String(value.first == " " ? value.dropFirst() : value))
    return nil
  }
}
