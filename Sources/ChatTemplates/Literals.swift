/// A number as written in a tag: `12`, `1_000`, `0x1F`, `0.5`, `1e-3`.
struct NumberLiteral {
  let token: Token.Kind
  /// The position after the last digit.
  let end: Int

  /// Reads the number at `start`, or gives nil if it is malformed or too large.
  ///
  /// After a dot only an integer can stand: `pair.0.1` is two subscripts.
  init?(_ source: [Unicode.Scalar], at start: Int, afterDot: Bool) {
    var reader = DigitReader(source: source, index: start)
    if !afterDot, let radix = reader.takeRadixPrefix() {
      guard let integer = Int(reader.takeDigits(radix: radix), radix: radix) else { return nil }
      (token, end) = (.integer(integer), reader.index)
      return
    }
    let whole = reader.takeDigits()
    let fraction = afterDot ? nil : reader.takeFraction()
    let exponent = afterDot ? nil : reader.takeExponent()
    end = reader.index
    if fraction == nil, exponent == nil {
      guard let integer = Int(whole), whole.count == 1 || whole.first != "0" || integer == 0 else {
        return nil
      }
      token = .integer(integer)
    } else {
      guard let number = Double("\(whole).\(fraction ?? "0")e\(exponent ?? "0")") else {
        return nil
      }
      token = .float(number)
    }
  }
}

private struct DigitReader {
  let source: [Unicode.Scalar]
  var index: Int

  private func scalar(at position: Int) -> Unicode.Scalar? {
    position < source.count ? source[position] : nil
  }

  private func isDigit(_ scalar: Unicode.Scalar?, radix: Int = 10) -> Bool {
    guard let scalar, scalar.isASCII else { return false }
    return Int(String(scalar), radix: radix) != nil
  }

  /// The digits from here on; single underscores between them are skipped.
  mutating func takeDigits(radix: Int = 10) -> String {
    var digits = ""
    while let scalar = scalar(at: index) {
      if isDigit(scalar, radix: radix) {
        digits.unicodeScalars.append(scalar)
      } else if scalar != "_" || !isDigit(self.scalar(at: index + 1), radix: radix) {
        break
      }
      index += 1
    }
    return digits
  }

  mutating func takeRadixPrefix() -> Int? {
    guard scalar(at: index) == "0", let letter = scalar(at: index + 1) else { return nil }
    let radixes: [Unicode.Scalar: Int] = ["x": 16, "X": 16, "o": 8, "O": 8, "b": 2, "B": 2]
    guard let radix = radixes[letter], isDigit(scalar(at: index + 2), radix: radix) else {
      return nil
    }
    index += 2
    return radix
  }

  mutating func takeFraction() -> String? {
    guard scalar(at: index) == ".", isDigit(scalar(at: index + 1)) else { return nil }
    index += 1
    return takeDigits()
  }

  mutating func takeExponent() -> String? {
    guard scalar(at: index) == "e" || scalar(at: index) == "E" else { return nil }
    var position = index + 1
    var sign = ""
    if let mark = scalar(at: position), mark == "+" || mark == "-" {
      sign = String(mark)
      position += 1
    }
    guard isDigit(scalar(at: position)) else { return nil }
    index = position
    return sign + takeDigits()
  }
}

extension Text {
  /// The text of a string literal.
  ///
  /// Nil if an escape of a code point is malformed; escapes by name (`\N{…}`) are not known.
  init?(unescaping source: ArraySlice<Unicode.Scalar>) {
    self.init()
    var rest = source
    while let scalar = rest.popFirst() {
      guard scalar == "\\", let escape = rest.popFirst() else {
        scalars.append(scalar)
        continue
      }
      if let simple = Text.simpleEscapes[escape] {
        scalars.append(simple)
      } else if let length = Text.hexEscapeLengths[escape] {
        guard let code = Text.code(rest.prefix(length), radix: 16, length: length) else {
          return nil
        }
        scalars.append(code)
        rest = rest.dropFirst(length)
      } else if ("0"..."7").contains(escape) {
        let digits = [escape] + rest.prefix(2).prefix { ("0"..."7").contains($0) }
        guard let code = Text.code(digits[...], radix: 8, length: digits.count) else { return nil }
        scalars.append(code)
        rest = rest.dropFirst(digits.count - 1)
      } else if escape == "N" {
        return nil
      } else if escape != "\n" {
        scalars.append(contentsOf: ["\\", escape])
      }
    }
  }

  private static let simpleEscapes: [Unicode.Scalar: Unicode.Scalar] = [
    "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}",
    "f": "\u{C}", "v": "\u{B}",
  ]
  private static let hexEscapeLengths: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]

  private static func code(
    _ digits: ArraySlice<Unicode.Scalar>,
    radix: Int,
    length: Int
  ) -> Unicode.Scalar? {
    guard digits.count == length, digits.allSatisfy({ $0.isASCII && $0 != "+" && $0 != "-" }),
      let code = UInt32(String(Text(digits)), radix: radix)
    else { return nil }
    return Unicode.Scalar(code)
  }
}
