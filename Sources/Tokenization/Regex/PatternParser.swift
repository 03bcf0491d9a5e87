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
  let scalars: [Unicode.Scalar]
  var index = 0
  private(set) var ignoresCase = false
  var depth = 0

  static let maximumDepth = 64
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

// MARK: - Reading

extension PatternParser {
  var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  mutating func take(_ reason: String) throws(PatternSyntaxError) -> Unicode.Scalar {
    guard let next = peek else { throw failure(reason) }
    index += 1
    return next
  }

  mutating func consume(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    index += 1
    return true
  }

  func failure(_ reason: String) -> PatternSyntaxError {
    PatternSyntaxError(reason: reason, offset: index)
  }
}
