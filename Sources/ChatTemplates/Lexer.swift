/// Splits a template into text and the tokens of its tags.
///
/// White space follows `trim_blocks` (a line break directly after a block or comment is dropped) and
/// `lstrip_blocks` (blanks between a line's start and a block or comment are dropped); `-` strips all white
/// space on its side of a tag, `+` keeps it. Order and details are those of Jinja's `Lexer.tokeniter`.
struct Lexer {
  private let source: [Unicode.Scalar]
  private var index = 0
  private var line = 1
  private var tokens: [Token] = []
  /// Whether the last tag ended with a line break, so that the text after it begins a line.
  private var isLineStart = true

  static func tokens(of template: String) throws(ChatTemplateError) -> [Token] {
    var lexer = Lexer(source: Lexer.normalized(template))
    try lexer.scanTemplate()
    return lexer.tokens
  }

  private init(source: [Unicode.Scalar]) { self.source = source }

  /// Line breaks become `\n`; one at the very end is dropped, as by Jinja's `keep_trailing_newline=False`.
  private static func normalized(_ template: String) -> [Unicode.Scalar] {
    var scalars: [Unicode.Scalar] = []
    for scalar in template.unicodeScalars {
      if scalar == "\n", scalars.last == "\r" { scalars.removeLast() }
      scalars.append(scalar)
    }
    scalars = scalars.map { $0 == "\r" ? "\n" : $0 }
    if scalars.last == "\n" { scalars.removeLast() }
    return scalars
  }

  private mutating func scanTemplate() throws(ChatTemplateError) {
    while let opening = nextOpening() {
      if try scanRaw(from: opening) { continue }
      emitText(upTo: opening)
      advance(to: opening + 2)
      let kind = source[opening + 1]
      if peek == "-" || peek == "+" { advance(to: index + 1) }
      switch kind {
      case "#": try skipComment()
      case "%": try scanTag(begin: .blockBegin, end: .blockEnd, closing: "%}", trimsNewline: true)
      default: try scanTag(begin: .outputBegin, end: .outputEnd, closing: "}}", trimsNewline: false)
      }
    }
    if index < source.count { append(.text(Text(source[index...]))) }
    append(.end)
  }

  // MARK: Text

  private func nextOpening() -> Int? {
    var position = index
    while position + 1 < source.count {
      if source[position] == "{", "{%#".unicodeScalars.contains(source[position + 1]) {
        return position
      }
      position += 1
    }
    return nil
  }

  /// Emits the text before the tag at `opening`, stripped as the tag's sign and `lstrip_blocks` ask.
  private mutating func emitText(upTo opening: Int) {
    var end = opening
    let sign = opening + 2 < source.count ? source[opening + 2] : " "
    if sign == "-" {
      while end > index, source[end - 1].isPythonSpace { end -= 1 }
    } else if sign != "+", source[opening + 1] != "{" {
      end = lineStart(before: opening) ?? opening
    }
    if end > index { append(.text(Text(source[index..<end]))) }
    advance(to: opening)
  }

  /// Where the line of the tag at `opening` starts, if only white space stands before the tag.
  private func lineStart(before opening: Int) -> Int? {
    var start = opening
    while start > index, source[start - 1] != "\n" { start -= 1 }
    guard start > index || isLineStart else { return nil }
    return source[start..<opening].allSatisfy(\.isPythonSpace) ? start : nil
  }

  private mutating func skipComment() throws(ChatTemplateError) {
    guard let end = Text(source).firstIndex(of: "#}", in: index..<source.count) else {
      throw failure("a comment is not closed with '#}'")
    }
    let sign = end > index ? source[end - 1] : " "
    advance(to: end + 2)
    finishTag(sign: sign, trimsNewline: true)
  }

  /// Handles `{% raw %}…{% endraw %}` if it opens here.
  private mutating func scanRaw(from opening: Int) throws(ChatTemplateError) -> Bool {
    guard let begin = matchBlock(named: "raw", at: opening) else { return false }
    emitText(upTo: opening)
    advance(to: begin.end)
    finishTag(sign: begin.closingSign, trimsNewline: false)
    var position = index
    while position < source.count {
      if let end = matchBlock(named: "endraw", at: position) {
        emitText(upTo: position)
        advance(to: end.end)
        finishTag(sign: end.closingSign, trimsNewline: true)
        return true
      }
      position += 1
    }
    throw failure("'raw' is not closed with 'endraw'")
  }

  private func matchBlock(
    named name: Text,
    at opening: Int
  ) -> (end: Int, closingSign: Unicode.Scalar)? {
    guard opening + 1 < source.count, source[opening] == "{", source[opening + 1] == "%" else {
      return nil
    }
    var position = opening + 2
    func skipSpace() {
      while position < source.count, source[position].isPythonSpace { position += 1 }
    }
    if position < source.count, source[position] == "-" || source[position] == "+" { position += 1 }
    skipSpace()
    for scalar in name.scalars {
      guard position < source.count, source[position] == scalar else { return nil }
      position += 1
    }
    skipSpace()
    var sign: Unicode.Scalar = " "
    if position < source.count, source[position] == "-" || source[position] == "+" {
      sign = source[position]
      position += 1
    }
    guard position + 1 < source.count, source[position] == "%", source[position + 1] == "}" else {
      return nil
    }
    return (position + 2, sign)
  }

  /// Drops the white space after a tag that its closing sign or `trim_blocks` removes.
  private mutating func finishTag(sign: Unicode.Scalar, trimsNewline: Bool) {
    let end = index
    if sign == "-" {
      while let scalar = peek, scalar.isPythonSpace { advance(to: index + 1) }
    } else if trimsNewline, sign != "+", peek == "\n" {
      advance(to: index + 1)
    }
    isLineStart = index > end && source[index - 1] == "\n"
  }

  // MARK: Tags

  private mutating func scanTag(
    begin: Token.Kind,
    end: Token.Kind,
    closing: Text,
    trimsNewline: Bool
  ) throws(ChatTemplateError) {
    append(begin)
    var brackets: [Unicode.Scalar] = []
    while true {
      while let scalar = peek, scalar.isPythonSpace { advance(to: index + 1) }
      guard let first = peek else { throw failure("a tag is not closed with '\(String(closing))'") }
      if brackets.isEmpty, let sign = closingSign(closing, hasPlus: trimsNewline) {
        append(end)
        advance(to: index + (sign == " " ? 2 : 3))
        finishTag(sign: sign, trimsNewline: trimsNewline)
        return
      }
      if first == "\"" || first == "'" {
        try scanString(quote: first)
      } else if first.properties.numericType == .decimal {
        try scanNumber()
      } else if first == "_" || first.properties.isXIDStart {
        scanName()
      } else {
        try scanSymbol(brackets: &brackets)
      }
    }
  }

  private func closingSign(_ closing: Text, hasPlus: Bool) -> Unicode.Scalar? {
    if Lexer.matches(closing, in: source, at: index) { return " " }
    guard let sign = peek, sign == "-" || (hasPlus && sign == "+"),
      Lexer.matches(closing, in: source, at: index + 1)
    else { return nil }
    return sign
  }

  private static func matches(_ text: Text, in source: [Unicode.Scalar], at index: Int) -> Bool {
    index + text.count <= source.count
      && text.scalars.elementsEqual(source[index..<index + text.count])
  }

  private mutating func scanName() {
    let start = index
    while let scalar = peek, scalar == "_" || scalar.properties.isXIDContinue { index += 1 }
    append(.name(String(Text(source[start..<index]))))
  }

  private static let longSymbols: [Text] = ["**", "//", "==", "!=", "<=", ">="]
  private static let shortSymbols = "+-*/%~[](){}<>=.:|,;"

  private mutating func scanSymbol(brackets: inout [Unicode.Scalar]) throws(ChatTemplateError) {
    let first = source[index]
    if let symbol = Lexer.longSymbols.first(where: { Lexer.matches($0, in: source, at: index) }) {
      append(.symbol(String(symbol)))
      index += 2
      return
    }
    guard Lexer.shortSymbols.unicodeScalars.contains(first) else {
      throw failure("unexpected character '\(first)'")
    }
    switch first {
    case "(": brackets.append(")")
    case "[": brackets.append("]")
    case "{": brackets.append("}")
    case ")", "]", "}":
      guard brackets.popLast() == first else { throw failure("unexpected '\(first)'") }
    default: break
    }
    append(.symbol(String(first)))
    index += 1
  }

  private mutating func scanNumber() throws(ChatTemplateError) {
    guard
      let number = NumberLiteral(source, at: index, afterDot: index > 0 && source[index - 1] == ".")
    else { throw failure("a number is malformed or too large") }
    append(number.token)
    index = number.end
  }

  private mutating func scanString(quote: Unicode.Scalar) throws(ChatTemplateError) {
    let startLine = line
    var end = index + 1
    while end < source.count, source[end] != quote { end += source[end] == "\\" ? 2 : 1 }
    guard end < source.count else { throw failure("a string is not closed with \(quote)") }
    guard let text = Text(unescaping: source[(index + 1)..<end]) else {
      throw failure("a string contains a malformed escape")
    }
    tokens.append(Token(kind: .string(text), line: startLine))
    advance(to: end + 1)
  }

  // MARK: Position

  private var peek: Unicode.Scalar? { index < source.count ? source[index] : nil }

  private mutating func advance(to position: Int) {
    while index < position {
      if source[index] == "\n" { line += 1 }
      index += 1
    }
  }

  private mutating func append(_ kind: Token.Kind) {
    tokens.append(Token(kind: kind, line: line))
  }

  private func failure(_ reason: String) -> ChatTemplateError {
    .syntax(reason: reason, line: line)
  }
}
