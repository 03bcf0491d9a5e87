/// Why a regular expression cannot be used, and where.
package struct PatternSyntaxError: Error, Hashable, CustomStringConvertible {
  /// What was found or is not supported, in words.
  package let reason: String
  /// The Unicode scalar at which reading stopped, counted from zero.
  package let offset: Int

  package var description: String { "\(reason) at character \(offset)" }
}

/// Reads the part of Oniguruma's syntax that published tokenizers use.
///
/// Whatever is outside that part is refused, never guessed: look-behind, back references, captures
/// by name, POSIX brackets, class intersection, and properties other than general categories.
struct PatternParser {
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var ignoresCase = false
  private var depth = 0

  private static let maximumDepth = 64
  private static let maximumCount = 1000

  init(_ pattern: String) {
    scalars = Array(pattern.unicodeScalars)
  }

  mutating func parse() throws(PatternSyntaxError) -> PatternNode {
    let node = try parseAlternation()
    guard index == scalars.count else { throw failure("unmatched ')'") }
    return node
  }

  private mutating func parseAlternation() throws(PatternSyntaxError) -> PatternNode {
    let inheritedCase = ignoresCase
    defer { ignoresCase = inheritedCase }
    var branches = [try parseSequence()]
    while consume("|") { branches.append(try parseSequence()) }
    return branches.count == 1 ? branches[0] : .alternation(branches)
  }

  private mutating func parseSequence() throws(PatternSyntaxError) -> PatternNode {
    var nodes: [PatternNode] = []
    while let next = peek, next != "|", next != ")" {
      guard let atom = try parseAtom() else { continue }
      nodes.append(try parseQuantifiers(after: atom))
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  /// One atom, or nil for an inline option such as `(?i)`.
  private mutating func parseAtom() throws(PatternSyntaxError) -> PatternNode? {
    let next = try take("the pattern ends where an atom should be")
    switch next {
    case "(": return try parseGroup()
    case "[": return .set(try parseClass())
    case ".":
      var set = ScalarSet("\n")
      set.negate()
      return .set(set)
    case "^": return .anchor(.lineStart)
    case "$": return .anchor(.lineEnd)
    case "\\": return try parseEscapedAtom()
    case "*", "+", "?":
      index -= 1
      throw failure("nothing to repeat")
    default: return .set(ScalarSet(next, ignoringCase: ignoresCase))
    }
  }

  private mutating func parseEscapedAtom() throws(PatternSyntaxError) -> PatternNode {
    switch peek {
    case "A":
      index += 1
      return .anchor(.textStart)
    case "z":
      index += 1
      return .anchor(.textEnd)
    default:
      switch try parseEscape() {
      case .scalar(let scalar): return .set(ScalarSet(scalar, ignoringCase: ignoresCase))
      case .set(let set): return .set(set)
      }
    }
  }
}

// MARK: - Groups and quantifiers

extension PatternParser {
  private mutating func parseGroup() throws(PatternSyntaxError) -> PatternNode? {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else {
      throw failure("groups nested deeper than \(Self.maximumDepth) levels")
    }
    guard consume("?") else { return try parseGroupBody() }
    switch try take("the pattern ends inside a group") {
    case ":": return try parseGroupBody()
    case "=": return .look(try parseGroupBody(), isNegative: false)
    case "!": return .look(try parseGroupBody(), isNegative: true)
    case ">": return .atomic(try parseGroupBody())
    case "i": return try parseCaseOption()
    default:
      index -= 1
      throw failure("this kind of group is not supported")
    }
  }

  private mutating func parseGroupBody() throws(PatternSyntaxError) -> PatternNode {
    let node = try parseAlternation()
    guard consume(")") else { throw failure("')' expected") }
    return node
  }

  /// `(?i:…)` or, for the whole pattern, `(?i)`.
  private mutating func parseCaseOption() throws(PatternSyntaxError) -> PatternNode? {
    let inheritedCase = ignoresCase
    ignoresCase = true
    if consume(")") {
      guard index == 4 else { throw failure("'(?i)' is supported only at the pattern's start") }
      return nil
    }
    guard consume(":") else { throw failure("only the option 'i' is supported") }
    defer { ignoresCase = inheritedCase }
    return try parseGroupBody()
  }

  private mutating func parseQuantifiers(
    after atom: PatternNode
  ) throws(PatternSyntaxError) -> PatternNode {
    var node = atom
    var count = 0
    while var repetition = try parseQuantifier() {
      count += 1
      guard count <= Self.maximumDepth else { throw failure("too many repetitions of one atom") }
      if index > 0, scalars[index - 1] == "}", peek == "+" || peek == "?" {
        repetition = try repeatedInterval(repetition, of: node)
      }
      if repetition.maximum == nil {
        if node.isNullable { throw failure("a repeated group that can match nothing") }
        if node.hasUnlimitedRepetition {
          throw failure("an unlimited repetition inside another can take exponential time")
        }
      }
      node = .repetition(node, repetition)
    }
    return node
  }

  /// `{1,m}+`, which Oniguruma reads as one or more of `{1,m}` and not as possessive: one or more
  /// of the scalar.
  private mutating func repeatedInterval(
    _ interval: PatternNode.Repetition,
    of node: PatternNode
  ) throws(PatternSyntaxError) -> PatternNode.Repetition {
    guard case .set = node, interval.minimum == 1, consume("+") else {
      throw failure("'{…}' with a suffix is not supported")
    }
    return .init(minimum: 1, maximum: nil, kind: .greedy)
  }

  private mutating func parseQuantifier() throws(PatternSyntaxError) -> PatternNode.Repetition? {
    var repetition: PatternNode.Repetition
    switch peek {
    case "*": repetition = .init(minimum: 0, maximum: nil, kind: .greedy)
    case "+": repetition = .init(minimum: 1, maximum: nil, kind: .greedy)
    case "?": repetition = .init(minimum: 0, maximum: 1, kind: .greedy)
    case "{": return try parseInterval()
    default: return nil
    }
    index += 1
    if consume("?") {
      repetition.kind = .lazy
    } else if consume("+") {
      repetition.kind = .possessive
    }
    return repetition
  }

  /// `{n}`, `{n,}`, `{,m}` or `{n,m}`.
  private mutating func parseInterval() throws(PatternSyntaxError) -> PatternNode.Repetition? {
    index += 1
    let minimum = try parseCount()
    var maximum = minimum
    let hasComma = consume(",")
    if hasComma { maximum = try parseCount() }
    guard consume("}"), minimum != nil || maximum != nil else {
      throw failure("a count expected in '{…}'")
    }
    if let maximum, maximum < minimum ?? 0 { throw failure("the counts in '{…}' are reversed") }
    return .init(minimum: minimum ?? 0, maximum: maximum, kind: .greedy)
  }

  private mutating func parseCount() throws(PatternSyntaxError) -> Int? {
    var count: Int?
    while let next = peek, ("0"..."9").contains(next) {
      count = (count ?? 0) * 10 + Int(next.value - 0x30)
      guard let count, count <= Self.maximumCount else {
        throw failure("a count above \(Self.maximumCount)")
      }
      index += 1
    }
    return count
  }
}

// MARK: - Classes and escapes

extension PatternParser {
  private enum Escape {
    case scalar(Unicode.Scalar)
    case set(ScalarSet)
  }

  private mutating func parseClass() throws(PatternSyntaxError) -> ScalarSet {
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
  private mutating func parseEscape() throws(PatternSyntaxError) -> Escape {
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

// MARK: - Reading

extension PatternParser {
  private var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  private mutating func take(_ reason: String) throws(PatternSyntaxError) -> Unicode.Scalar {
    guard let next = peek else { throw failure(reason) }
    index += 1
    return next
  }

  private mutating func consume(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    index += 1
    return true
  }

  private func failure(_ reason: String) -> PatternSyntaxError {
    PatternSyntaxError(reason: reason, offset: index)
  }
}
