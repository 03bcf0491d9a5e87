/// GPT-2's bijection between bytes and printable characters, in which byte-level vocabularies are
/// written.
///
/// Printable Latin-1 bytes stand for themselves; the other 68 are U+0100 onward, in order.
enum ByteAlphabet {
  /// The character's scalar value for each byte.
  static let scalars: [UInt32] = {
    var next: UInt32 = 0x100
    return (0..<256 as Range<UInt32>).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
      default:
        defer { next += 1 }
        return next
      }
    }
  }()

  /// The byte that each scalar value below U+0144 stands for, nil if none.
  private static let bytes: [UInt8?] = {
    var bytes = [UInt8?](repeating: nil, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = UInt8(byte) }
    return bytes
  }()

  /// The text of these bytes in the alphabet, as UTF-8, appended to `output`.
  static func append(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
    for byte in bytes {
      let scalar = scalars[Int(byte)]
      if scalar < 0x80 {
        output.append(UInt8(scalar))
      } else {
        output.append(UInt8(0xC0 | scalar >> 6))
        output.append(UInt8(0x80 | scalar & 0x3F))
      }
    }
  }

  /// The bytes that a token in the alphabet stands for, or nil if a character is outside it.
  static func bytes(of token: [UInt8]) -> [UInt8]? {
    var output: [UInt8] = []
    output.reserveCapacity(token.count)
    var index = 0
    while index < token.count {
      let (value, length) = token.scalar(at: index)
      guard value < bytes.count, let byte = bytes[Int(value)] else { return nil }
      output.append(byte)
      index += length
    }
    return output
  }
}
