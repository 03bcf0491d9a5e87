/// Turns bytes that arrive in parts into valid UTF-8, never splitting a character.
///
/// Bytes that are not UTF-8 become U+FFFD, one for each maximal part of a character (Unicode 3.9),
/// as in Rust and Swift alike.
struct UTF8Repair: Sendable {
  /// The beginning of a character whose other bytes may follow; at most three bytes.
  private var pending: [UInt8] = []

  mutating func push(_ bytes: [UInt8], into output: inout [[UInt8]]) {
    if pending.isEmpty, let last = bytes.last, last < 0x80 {
      output.append(Self.repaired(bytes[...]))
      return
    }
    let text = pending + bytes
    let certain = text.count - Self.unfinishedCount(text)
    pending = Array(text[certain...])
    if certain > 0 { output.append(Self.repaired(text[..<certain])) }
  }

  mutating func finish(into output: inout [[UInt8]]) {
    if !pending.isEmpty { output.append(Self.repaired(pending[...])) }
    pending = []
  }

  private static func repaired(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    if String(validating: bytes, as: UTF8.self) != nil { return Array(bytes) }
    return Array(String(decoding: bytes, as: UTF8.self).utf8)
  }

  /// How many bytes at the end could be the beginning of a character.
  private static func unfinishedCount(_ bytes: [UInt8]) -> Int {
    var count = 0
    while count < min(3, bytes.count) {
      count += 1
      let lead = bytes[bytes.count - count]
      guard lead & 0xC0 == 0x80 else { return canBegin(bytes.suffix(count)) ? count : 0 }
    }
    return 0
  }

  /// Whether these bytes are a proper prefix of some character's UTF-8 form (table 3-7 of the
  /// Unicode standard).
  private static func canBegin(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard let lead = bytes.first else { return false }
    let length =
      switch lead {
      case 0xC2...0xDF: 2
      case 0xE0...0xEF: 3
      case 0xF0...0xF4: 4
      default: 0
      }
    guard bytes.count < length else { return false }
    guard let second = bytes.dropFirst().first else { return true }
    return switch lead {
    case 0xE0: second >= 0xA0
    case 0xED: second < 0xA0
    case 0xF0: second >= 0x90
    case 0xF4: second < 0x90
    default: true
    }
  }
}

/// Consecutive byte tokens (`<0x0A>`), which together are text or, if any of it is not UTF-8, one
/// U+FFFD each.
///
/// A run is certain only when it ends: one bad byte turns all of its characters into U+FFFD, in the
/// tokenizers package and so here.
struct ByteRun: Sendable {
  private var bytes: [UInt8] = []

  mutating func push(_ token: [UInt8], into output: inout [[UInt8]]) {
    if let byte = Self.byte(of: token) {
      bytes.append(byte)
    } else {
      finish(into: &output)
      output.append(token)
    }
  }

  mutating func finish(into output: inout [[UInt8]]) {
    guard !bytes.isEmpty else { return }
    if String(validating: bytes, as: UTF8.self) != nil {
      output.append(bytes)
    } else {
      for _ in bytes { output.append(Array("\u{FFFD}".utf8)) }
    }
    bytes = []
  }

  /// The byte that a token such as `<0x0A>` stands for.
  static func byte(of token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">") else {
      return nil
    }
    return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
  }
}
