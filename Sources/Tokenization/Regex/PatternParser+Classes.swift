extension PatternParser {
  enum Escape {
    case scalar(Unicode.Scalar)
    case set(ScalarSet)
  }

  mutating func parseClass() throws(PatternSyntaxError) -> ScalarSet {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else {
      throw failure("classes nested deeper than \(Self.maximumDepth) levels")
    }
    var set = ScalarSet()
    let isNegated = consume("^")
    if peek == "]" { throw failure("an empty class") }
    while !consume("]") { try parseClassItem(into: &set) }
    if ignoresCase { set.ignoreCase() }
    if isNegated { set.negate() }
    return set
  }

  private mutating func parseClassItem(into set: inout ScalarSet) throws(PatternSyntaxError) {
    if consume("[") {
      if peek == ":" { throw failure("POSIX brackets are not supported") }
      set.insert(try parseClass())
      return
    }
    if peek == "&", index + 1 < scalars.count, scalars[index + 1] == "&" {
      throw failure("class intersection is not supported")
    }
    guard let first = try parseClassScalar(into: &set) else { return }
    guard peek == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else {
      set.insert(first.value...first.value)
      return
    }
    index += 1
    var discarded = ScalarSet()
    guard let last = try parseClassScalar(into: &discarded), first <= last else {
      throw failure("a range must run upward between two characters")
    }
    set.insert(first.value...last.value)
  }

  /// A single scalar of a class, or nil after an escape that stands for a set, which is then
  /// inserted.
  private mutating func parseClassScalar(
    into set: inout ScalarSet
  ) throws(PatternSyntaxError) -> Unicode.Scalar? {
    let next = try take("the pattern ends inside a class")
    guard next == "\\" else { return next }
    switch try parseEscape() {
    case .scalar(let scalar): return scalar
    case .set(let escaped):
      set.insert(escaped)
      return nil
    }
  }

  /// What follows a backslash.
  mutating func parseEscape() throws(PatternSyntaxError) -> Escape {
    let next = try take("the pattern ends after '\\'")
    switch next {
    case "s", "S": return .set(propertySet(.whitespace, negated: next == "S"))
    case "d", "D": return .set(propertySet(.category(.decimalNumber), negated: next == "D"))
    case "w", "W": return .set(wordSet(negated: next == "W"))
    case "p", "P": return .set(try parseProperty(negated: next == "P"))
    case "n": return .scalar("\n")
    case "r": return .scalar("\r")
    case "t": return .scalar("\t")
    case "f": return .scalar("\u{C}")
    case "v": return .scalar("\u{B}")
    case "a": return .scalar("\u{7}")
    case "e": return .scalar("\u{1B}")
    case "x": return .scalar(try parseHexadecimal(digits: 2))
    case "u": return .scalar(try parseHexadecimal(digits: 4))
    default:
      guard !next.properties.isAlphabetic, !("0"..."9").contains(next) else {
        index -= 1
        throw failure("'\\\(next)' is not supported")
      }
      return .scalar(next)
    }
  }

  private func propertySet(_ property: ScalarProperties, negated: Bool) -> ScalarSet {
    var set = ScalarSet()
    set.insert(property, negated: negated)
    return set
  }

  /// Oniguruma counts the six Latin-1 digits and fractions as word characters too.
  private func wordSet(negated: Bool) -> ScalarSet {
    var set = ScalarSet()
    set.insert(.word)
    for range in [0xB2...0xB3, 0xB9...0xB9, 0xBC...0xBE] as [ClosedRange<UInt32>] {
      set.insert(range)
    }
    if negated { set.negate() }
    return set
  }

  private mutating func parseProperty(negated: Bool) throws(PatternSyntaxError) -> ScalarSet {
    guard consume("{") else { throw failure("'{' expected after '\\p'") }
    let isInverse = consume("^")
    let start = index
    while let next = peek, next != "}" { index += 1 }
    let name = String(String.UnicodeScalarView(scalars[start..<index]))
    guard consume("}"), let property = ScalarProperties.named(name) else {
      throw failure("the property '\(name)' is not supported")
    }
    return propertySet(property, negated: negated != isInverse)
  }

  /// `\xHH`, `\x{H…}` or `\uHHHH`.
  private mutating func parseHexadecimal(digits: Int) throws(PatternSyntaxError) -> Unicode.Scalar {
    let isBraced = digits == 2 && consume("{")
    var value: UInt32 = 0
    var count = 0
    while count < (isBraced ? 6 : digits), let digit = peek.flatMap({ Character($0).hexDigitValue })
    {
      value = value << 4 | UInt32(digit)
      count += 1
      index += 1
    }
    guard isBraced ? consume("}") && count > 0 : count == digits, let scalar = Unicode.Scalar(value)
    else { throw failure("an escape that names no character") }
    guard isBraced || digits == 4 || value < 0x80 else {
      throw failure("'\\x' above 7F stands for a byte, which is not supported")
    }
    return scalar
  }
}
