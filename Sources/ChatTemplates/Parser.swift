/// Parses tokens to statements by recursive descent; `Parser+Expressions` holds the expression grammar.
struct Parser {
  private let tokens: [Token]
  private var index = 0
  private var depth = 0
  private var loopDepth = 0
  /// The names that expressions mentioned so far, in order.
  var mentionedNames: [String] = []

  /// How deeply blocks and expressions may nest.
  static let maximumDepth = 60
  /// How many attributes, calls or filters may follow one value.
  static let maximumChainLength = 60

  init(tokens: [Token]) { self.tokens = tokens }

  mutating func parseTemplate() throws(ChatTemplateError) -> [Statement] {
    let statements = try parseStatements(until: [])
    guard current.kind == .end else { throw unexpected("the end of the template") }
    return statements
  }

  /// Parses up to a block that opens with one of `terminators`, and moves past that name.
  private mutating func parseBody(
    until terminators: [String]
  ) throws(ChatTemplateError) -> (statements: [Statement], terminator: String) {
    try expectBlockEnd()
    let statements = try parseStatements(until: terminators)
    guard current.kind == .blockBegin else { throw unexpected("'{% \(terminators[0]) %}'") }
    advance()
    guard case .name(let terminator) = current.kind else { throw unexpected("a block's name") }
    advance()
    return (statements, terminator)
  }

  private mutating func parseBody(
    until terminator: String
  ) throws(ChatTemplateError) -> [Statement] {
    let statements = try parseBody(until: [terminator]).statements
    try expectBlockEnd()
    return statements
  }

  private mutating func parseStatements(
    until terminators: [String]
  ) throws(ChatTemplateError) -> [Statement] {
    var statements: [Statement] = []
    while true {
      let line = current.line
      switch current.kind {
      case .text(let text):
        advance()
        statements.append(Statement(kind: .text(text), line: line))
      case .outputBegin:
        advance()
        let value = try parseTuple()
        guard current.kind == .outputEnd else { throw unexpected("'}}'") }
        advance()
        statements.append(Statement(kind: .output(value), line: line))
      case .blockBegin:
        if case .name(let name) = tokens[index + 1].kind, terminators.contains(name) {
          return statements
        }
        advance()
        let kind = try nested { (parser) throws(ChatTemplateError) in try parser.parseBlock() }
        statements.append(Statement(kind: kind, line: line))
      default: return statements
      }
    }
  }

  private mutating func parseBlock() throws(ChatTemplateError) -> Statement.Kind {
    guard case .name(let name) = current.kind else { throw unexpected("a block's name") }
    advance()
    switch name {
    case "if": return try parseConditional()
    case "for": return try parseLoop()
    case "set": return try parseSet()
    case "macro": return try parseMacro()
    case "call": return try parseCall()
    case "filter": return try parseFilterBlock()
    case "with": return try parseWith()
    case "generation": return .scope(bindings: [], body: try parseBody(until: "endgeneration"))
    case "break", "continue":
      guard loopDepth > 0 else { throw failure("'\(name)' stands outside of a loop") }
      try expectBlockEnd()
      return name == "break" ? .breakLoop : .continueLoop
    default: throw failure("unknown block '\(name)'")
    }
  }

  // MARK: Blocks

  private mutating func parseConditional() throws(ChatTemplateError) -> Statement.Kind {
    var branches: [Branch] = []
    while true {
      let condition = try parseTuple(withConditional: false)
      let (body, terminator) = try parseBody(until: ["elif", "else", "endif"])
      branches.append(Branch(condition: condition, body: body))
      if terminator == "elif" { continue }
      var otherwise: [Statement] = []
      if terminator == "else" {
        otherwise = try parseBody(until: "endif")
      } else {
        try expectBlockEnd()
      }
      return .conditional(branches: branches, otherwise: otherwise)
    }
  }

  private mutating func parseLoop() throws(ChatTemplateError) -> Statement.Kind {
    let target = try parseTarget(endsBefore: "in")
    guard skip(name: "in") else { throw unexpected("'in'") }
    let iterable = try parseTuple(withConditional: false, endsBefore: "recursive")
    let filter = skip(name: "if") ? try parseExpression() : nil
    if current.kind == .name("recursive") { throw failure("recursive loops are not supported") }
    let firstName = mentionedNames.count
    loopDepth += 1
    let (body, terminator) = try parseBody(until: ["endfor", "else"])
    loopDepth -= 1
    let usesLoop = mentionedNames[firstName...].contains("loop")
    var otherwise: [Statement] = []
    if terminator == "else" {
      otherwise = try parseBody(until: "endfor")
    } else {
      try expectBlockEnd()
    }
    return .loop(
      ForLoop(
        target: target,
        iterable: iterable,
        filter: filter,
        body: body,
        otherwise: otherwise,
        usesLoop: usesLoop
      )
    )
  }

  private mutating func parseSet() throws(ChatTemplateError) -> Statement.Kind {
    let target = try parseTarget()
    if skip(symbol: "=") {
      let value = try parseTuple()
      try expectBlockEnd()
      return .set(target, value)
    }
    let filters = try parseFilters()
    return .capture(target, filters: filters, body: try parseBody(until: "endset"))
  }

  private mutating func parseMacro() throws(ChatTemplateError) -> Statement.Kind {
    let name = try expectName()
    let parameters = try parseParameters()
    return .macro(try parseMacroBody(name: name, parameters: parameters, until: "endmacro"))
  }

  private mutating func parseMacroBody(
    name: String,
    parameters: [MacroDefinition.Parameter],
    until terminator: String
  ) throws(ChatTemplateError) -> MacroDefinition {
    let firstName = mentionedNames.count
    let outerLoopDepth = loopDepth
    loopDepth = 0
    let body = try parseBody(until: terminator)
    loopDepth = outerLoopDepth
    let implicit = Set(mentionedNames[firstName...]).intersection(["varargs", "kwargs", "caller"])
    return MacroDefinition(
      name: name,
      parameters: parameters,
      body: body,
      implicitParameters: implicit
    )
  }

  private mutating func parseParameters()
    throws(ChatTemplateError) -> [MacroDefinition.Parameter]
  {
    var parameters: [MacroDefinition.Parameter] = []
    try expect(symbol: "(")
    while !skip(symbol: ")") {
      if !parameters.isEmpty { try expect(symbol: ",") }
      let name = try expectName()
      let defaultValue = skip(symbol: "=") ? try parseExpression() : nil
      if defaultValue == nil, parameters.contains(where: { $0.defaultValue != nil }) {
        throw failure("parameter '\(name)' without default follows one with a default")
      }
      parameters.append(MacroDefinition.Parameter(name: name, defaultValue: defaultValue))
    }
    return parameters
  }

  private mutating func parseCall() throws(ChatTemplateError) -> Statement.Kind {
    let parameters = current.kind == .symbol("(") ? try parseParameters() : []
    let callee = try parseExpression()
    guard case .call = callee else { throw failure("'call' needs a call") }
    return .call(
      callee,
      caller: try parseMacroBody(name: "caller", parameters: parameters, until: "endcall")
    )
  }

  private mutating func parseFilterBlock() throws(ChatTemplateError) -> Statement.Kind {
    let first = try parseFilterCall()
    let filters = [first] + (try parseFilters())
    return .filter(filters, body: try parseBody(until: "endfilter"))
  }

  private mutating func parseWith() throws(ChatTemplateError) -> Statement.Kind {
    var bindings: [Binding] = []
    while current.kind != .blockEnd {
      if !bindings.isEmpty { try expect(symbol: ",") }
      let target = try parseTarget(withTuple: false)
      try expect(symbol: "=")
      bindings.append(Binding(target: target, value: try parseExpression()))
    }
    return .scope(bindings: bindings, body: try parseBody(until: "endwith"))
  }

  /// Parses what is assigned to: a name, an attribute of a namespace, or a tuple of such.
  private mutating func parseTarget(
    endsBefore terminator: String? = nil,
    withTuple: Bool = true
  ) throws(ChatTemplateError) -> Target {
    var targets: [Target] = []
    var isTuple = false
    repeat {
      if isTuple, isTupleEnd(endsBefore: terminator) || current.kind == .symbol("=") { break }
      targets.append(try parseSingleTarget())
      guard withTuple, skip(symbol: ",") else { break }
      isTuple = true
    } while true
    return isTuple ? .tuple(targets) : targets[0]
  }

  private mutating func parseSingleTarget() throws(ChatTemplateError) -> Target {
    if skip(symbol: "(") {
      let target = try nested { (parser) throws(ChatTemplateError) in try parser.parseTarget() }
      try expect(symbol: ")")
      return target
    }
    let name = try expectName()
    guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
      throw failure("'\(name)' cannot be assigned to")
    }
    guard skip(symbol: ".") else { return .name(name) }
    mentionedNames.append(name)
    return .attribute(namespace: name, name: try expectName())
  }

  // MARK: Tokens

  var current: Token { tokens[index] }

  mutating func advance() {
    if index + 1 < tokens.count { index += 1 }
  }

  mutating func skip(symbol: String) -> Bool {
    guard current.kind == .symbol(symbol) else { return false }
    advance()
    return true
  }

  mutating func skip(name: String) -> Bool {
    guard current.kind == .name(name) else { return false }
    advance()
    return true
  }

  mutating func expect(symbol: String) throws(ChatTemplateError) {
    guard skip(symbol: symbol) else { throw unexpected("'\(symbol)'") }
  }

  mutating func expectName() throws(ChatTemplateError) -> String {
    guard case .name(let name) = current.kind else { throw unexpected("a name") }
    advance()
    return name
  }

  /// Whether the token after the current one is `name`.
  func isNext(name: String) -> Bool {
    index + 1 < tokens.count && tokens[index + 1].kind == .name(name)
  }

  func isNext(symbol: String) -> Bool {
    index + 1 < tokens.count && tokens[index + 1].kind == .symbol(symbol)
  }

  private mutating func expectBlockEnd() throws(ChatTemplateError) {
    guard current.kind == .blockEnd else { throw unexpected("'%}'") }
    advance()
  }

  mutating func nested<Result>(
    _ parse: (inout Parser) throws(ChatTemplateError) -> Result
  ) throws(ChatTemplateError) -> Result {
    guard depth < Parser.maximumDepth else {
      throw failure("nested deeper than \(Parser.maximumDepth) levels")
    }
    depth += 1
    defer { depth -= 1 }
    return try parse(&self)
  }

  func unexpected(_ expected: String) -> ChatTemplateError {
    failure("\(expected) expected, but found \(current.description)")
  }

  func failure(_ reason: String) -> ChatTemplateError {
    .syntax(reason: reason, line: current.line)
  }
}
