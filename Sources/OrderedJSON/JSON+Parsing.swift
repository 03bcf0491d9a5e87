/// Why a text is not JSON, and where.
package struct JSONSyntaxError: Error, Hashable, CustomStringConvertible {
  /// What was expected or found, in words.
  package let reason: String
  /// The byte at which parsing stopped, counted from zero.
  package let offset: Int

  package var description: String { "\(reason) at byte \(offset)" }
}

extension JSON {
  /// Parses UTF-8 JSON text (RFC 8259).
  ///
  /// - Parameters:
  ///   - bytes: the whole text, nothing but white space around one value.
  ///   - maximumDepth: how many arrays and objects may enclose a value; deeper text is refused before it can
  ///     exhaust the stack.
  /// - Throws: ``JSONSyntaxError`` at the first byte that cannot be part of a JSON text.
  /// - Complexity: linear in the number of bytes.
  package init(parsing bytes: [UInt8], maximumDepth: Int = 128) throws(JSONSyntaxError) {
    var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth)
    self = try parser.parseDocument()
  }

  /// Parses JSON text; see ``init(parsing:maximumDepth:)-([UInt8],_)``.
  package init(parsing text: String, maximumDepth: Int = 128) throws(JSONSyntaxError) {
    try self.init(parsing: Array(text.utf8), maximumDepth: maximumDepth)
  }
}

/// A recursive-descent reader over one buffer; `index` is the next unread byte.
private struct JSONParser {
  let bytes: [UInt8]
  let maximumDepth: Int
  var index = 0
  var depth = 0

  init(bytes: [UInt8], maximumDepth: Int) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
  }

  mutating func parseDocument() throws(JSONSyntaxError) -> JSON {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    let value = try parseValue()
    skipWhitespace()
    guard index == bytes.count else { throw failure("unexpected text after the value") }
    return value
  }

  private mutating func parseValue() throws(JSONSyntaxError) -> JSON {
    skipWhitespace()
    guard let byte = peek else { throw failure("the text ends where a value should be") }
    switch byte {
    case UInt8(ascii: "{"):
      return try nested { (parser) throws(JSONSyntaxError) in try parser.parseObject() }
    case UInt8(ascii: "["):
      return try nested { (parser) throws(JSONSyntaxError) in try parser.parseArray() }
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "t"): return try parseKeyword("true", as: .bool(true))
    case UInt8(ascii: "f"): return try parseKeyword("false", as: .bool(false))
    case UInt8(ascii: "n"): return try parseKeyword("null", as: .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
    default: throw failure("a value cannot start with \(describe(byte))")
    }
  }

  private mutating func nested(
    _ parse: (inout JSONParser) throws(JSONSyntaxError) -> JSON
  ) throws(JSONSyntaxError) -> JSON {
    guard depth < maximumDepth else { throw failure("nested deeper than \(maximumDepth) levels") }
    depth += 1
    index += 1
    defer { depth -= 1 }
    return try parse(&self)
  }

  private mutating func parseObject() throws(JSONSyntaxError) -> JSON {
    var members = JSON.Object()
    if consume(UInt8(ascii: "}")) { return .object(members) }
    repeat {
      skipWhitespace()
      guard peek == UInt8(ascii: "\"") else { throw failure("an object key must be a string") }
      let key = try parseString()
      guard consume(UInt8(ascii: ":")) else { throw failure("':' expected after an object key") }
      members[key] = try parseValue()
    } while consume(UInt8(ascii: ","))
    guard consume(UInt8(ascii: "}")) else { throw failure("',' or '}' expected in an object") }
    return .object(members)
  }

  private mutating func parseArray() throws(JSONSyntaxError) -> JSON {
    var elements: [JSON] = []
    if consume(UInt8(ascii: "]")) { return .array(elements) }
    repeat {
      elements.append(try parseValue())
    } while consume(UInt8(ascii: ","))
    guard consume(UInt8(ascii: "]")) else { throw failure("',' or ']' expected in an array") }
    return .array(elements)
  }

  private mutating func parseString() throws(JSONSyntaxError) -> String {
    index += 1
    let start = index
    while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
      index += 1
    }
    if peek == UInt8(ascii: "\"") {
      defer { index += 1 }
      return try text(bytes[start..<index])
    }
    var unescaped = Array(bytes[start..<index])
    while true {
      guard let byte = peek else { throw failure("the text ends inside a string") }
      index += 1
      switch byte {
      case UInt8(ascii: "\""): return try text(unescaped)
      case UInt8(ascii: "\\"): try parseEscape(into: &unescaped)
      case 0..<0x20:
        index -= 1
        throw failure("a control character must be escaped in a string")
      default: unescaped.append(byte)
      }
    }
  }

  private func text(_ utf8: some Collection<UInt8>) throws(JSONSyntaxError) -> String {
    guard let string = String(validating: utf8, as: UTF8.self) else {
      throw failure("a string is not valid UTF-8")
    }
    return string
  }

  private mutating func parseEscape(into utf8: inout [UInt8]) throws(JSONSyntaxError) {
    guard let byte = peek else { throw failure("the text ends inside an escape") }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): utf8.append(byte)
    case UInt8(ascii: "b"): utf8.append(0x08)
    case UInt8(ascii: "f"): utf8.append(0x0C)
    case UInt8(ascii: "n"): utf8.append(0x0A)
    case UInt8(ascii: "r"): utf8.append(0x0D)
    case UInt8(ascii: "t"): utf8.append(0x09)
    case UInt8(ascii: "u"): utf8.append(contentsOf: Array(String(try parseUnicodeEscape()).utf8))
    default:
      index -= 1
      throw failure("unknown escape \(describe(byte))")
    }
  }

  /// A `\u` escape or a surrogate pair of two; a lone surrogate becomes U+FFFD, as it has no UTF-8 form.
  private mutating func parseUnicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
    let replacement: Unicode.Scalar = "\u{FFFD}"
    let first = try parseHexQuad()
    if let scalar = Unicode.Scalar(first) { return scalar }
    let resume = index
    guard first < 0xDC00, peek == UInt8(ascii: "\\"), index + 1 < bytes.count,
      bytes[index + 1] == UInt8(ascii: "u")
    else { return replacement }
    index += 2
    let second = try parseHexQuad()
    guard (0xDC00...0xDFFF).contains(second) else {
      index = resume
      return replacement
    }
    return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)) ?? replacement
  }

  private mutating func parseHexQuad() throws(JSONSyntaxError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("four hexadecimal digits expected after \\u")
      }
      value = value << 4 | UInt32(digit)
      index += 1
    }
    return value
  }

  private mutating func parseKeyword(
    _ word: StaticString,
    as value: JSON
  ) throws(JSONSyntaxError) -> JSON {
    for byte in word.description.utf8 {
      guard peek == byte else { throw failure("'\(word)' expected") }
      index += 1
    }
    return value
  }

  private mutating func parseNumber() throws(JSONSyntaxError) -> JSON {
    let start = index
    var isInteger = true
    if peek == UInt8(ascii: "-") { index += 1 }
    if peek == UInt8(ascii: "0") { index += 1 } else { try skipDigits() }
    if peek == UInt8(ascii: ".") {
      isInteger = false
      index += 1
      try skipDigits()
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      isInteger = false
      index += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { index += 1 }
      try skipDigits()
    }
    let literal = String(decoding: bytes[start..<index], as: UTF8.self)
    if isInteger, let integer = Int(literal) { return .integer(integer) }
    guard let number = Double(literal), number.isFinite else {
      throw failure("the number \(literal.prefix(40)) is out of range")
    }
    return .number(number)
  }

  private mutating func skipDigits() throws(JSONSyntaxError) {
    let start = index
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
    guard index > start else { throw failure("a digit expected in a number") }
  }

  private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipWhitespace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      index += 1
    }
  }

  /// Skips white space and takes `byte` if it is next.
  private mutating func consume(_ byte: UInt8) -> Bool {
    skipWhitespace()
    guard peek == byte else { return false }
    index += 1
    return true
  }

  private func describe(_ byte: UInt8) -> String {
    (0x21..<0x7F).contains(byte) ? "'\(Unicode.Scalar(byte))'" : "byte \(byte)"
  }

  private func failure(_ reason: String) -> JSONSyntaxError {
    JSONSyntaxError(reason: reason, offset: index)
  }
}
