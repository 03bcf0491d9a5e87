/// The grammar of expressions, loosest binding first, as in Jinja's parser.
extension Parser {
  /// One expression, or several between commas: a tuple without parentheses.
  mutating func parseTuple(
    withConditional: Bool = true,
    isParenthesized: Bool = false,
    endsBefore terminator: String? = nil
  ) throws(ChatTemplateError) -> Expression {
    var elements: [Expression] = []
    var isTuple = false
    while !isTupleEnd(endsBefore: terminator) {
      elements.append(try parseExpression(withConditional: withConditional))
      guard skip(symbol: ",") else { break }
      isTuple = true
    }
    if !isTuple, let only = elements.first { return only }
    guard isTuple || isParenthesized else { throw unexpected("an expression") }
    return .tuple(elements)
  }

  func isTupleEnd(endsBefore terminator: String?) -> Bool {
    switch current.kind {
    case .outputEnd, .blockEnd, .symbol(")"), .end: true
    case .name(let name): name == terminator
    default: false
    }
  }

  mutating func parseExpression(
    withConditional: Bool = true
  ) throws(ChatTemplateError) -> Expression {
    try nested { (parser) throws(ChatTemplateError) in
      withConditional ? try parser.parseConditionalExpression() : try parser.parseOr()
    }
  }

  private mutating func parseConditionalExpression() throws(ChatTemplateError) -> Expression {
    var value = try parseOr()
    var length = 0
    while skip(name: "if") {
      try count(&length)
      let condition = try parseOr()
      let otherwise = skip(name: "else") ? try parseExpression() : nil
      value = .conditional(condition: condition, then: value, otherwise: otherwise)
    }
    return value
  }

  private mutating func parseOr() throws(ChatTemplateError) -> Expression {
    var operands = [try parseAnd()]
    while skip(name: "or") { operands.append(try parseAnd()) }
    return operands.count == 1 ? operands[0] : .or(operands)
  }

  private mutating func parseAnd() throws(ChatTemplateError) -> Expression {
    var operands = [try parseNot()]
    while skip(name: "and") { operands.append(try parseNot()) }
    return operands.count == 1 ? operands[0] : .and(operands)
  }

  private mutating func parseNot() throws(ChatTemplateError) -> Expression {
    guard skip(name: "not") else { return try parseComparison() }
    return .not(try nested { (parser) throws(ChatTemplateError) in try parser.parseNot() })
  }

  private mutating func parseComparison() throws(ChatTemplateError) -> Expression {
    let first = try parseSum()
    var rest: [(ComparisonOperator, Expression)] = []
    while let operation = takeComparisonOperator() { rest.append((operation, try parseSum())) }
    return rest.isEmpty ? first : .comparison(first, rest)
  }

  private mutating func takeComparisonOperator() -> ComparisonOperator? {
    if case .symbol(let symbol) = current.kind,
      let operation = ComparisonOperator(rawValue: symbol)
    {
      advance()
      return operation
    }
    if skip(name: "in") { return .contained }
    guard current.kind == .name("not"), isNext(name: "in") else { return nil }
    advance()
    advance()
    return .notContained
  }

  private mutating func parseSum() throws(ChatTemplateError) -> Expression {
    let first = try parseConcatenation()
    var rest: [(ArithmeticOperator, Expression)] = []
    while let operation = takeArithmetic([.add, .subtract]) {
      rest.append((operation, try parseConcatenation()))
    }
    return rest.isEmpty ? first : .arithmetic(first, rest)
  }

  private mutating func parseConcatenation() throws(ChatTemplateError) -> Expression {
    var operands = [try parseProduct()]
    while skip(symbol: "~") { operands.append(try parseProduct()) }
    return operands.count == 1 ? operands[0] : .concatenation(operands)
  }

  private mutating func parseProduct() throws(ChatTemplateError) -> Expression {
    let first = try parsePower()
    var rest: [(ArithmeticOperator, Expression)] = []
    while let operation = takeArithmetic([.multiply, .divide, .floorDivide, .remainder]) {
      rest.append((operation, try parsePower()))
    }
    return rest.isEmpty ? first : .arithmetic(first, rest)
  }

  /// Powers associate to the left in Jinja, other than in Python.
  private mutating func parsePower() throws(ChatTemplateError) -> Expression {
    let first = try parseUnary()
    var rest: [(ArithmeticOperator, Expression)] = []
    while let operation = takeArithmetic([.power]) { rest.append((operation, try parseUnary())) }
    return rest.isEmpty ? first : .arithmetic(first, rest)
  }

  private mutating func takeArithmetic(_ operations: [ArithmeticOperator]) -> ArithmeticOperator? {
    guard case .symbol(let symbol) = current.kind,
      let operation = operations.first(where: { $0.rawValue == symbol })
    else { return nil }
    advance()
    return operation
  }

  private mutating func parseUnary(withFilter: Bool = true) throws(ChatTemplateError) -> Expression
  {
    var value: Expression
    if skip(symbol: "-") {
      value = .negative(try parseOperand())
    } else if skip(symbol: "+") {
      value = .positive(try parseOperand())
    } else {
      value = try parsePrimary()
    }
    value = try parsePostfix(value)
    return withFilter ? try parseFiltersAndTests(value) : value
  }

  private mutating func parseOperand() throws(ChatTemplateError) -> Expression {
    try nested { (parser) throws(ChatTemplateError) in try parser.parseUnary(withFilter: false) }
  }

  // MARK: Postfix

  private mutating func parsePostfix(_ base: Expression) throws(ChatTemplateError) -> Expression {
    var value = base
    var length = 0
    while true {
      try count(&length)
      if skip(symbol: ".") {
        value = try parseAttribute(of: value)
      } else if skip(symbol: "[") {
        value = try parseSubscript(of: value)
      } else if current.kind == .symbol("(") {
        value = .call(value, try parseArguments())
      } else {
        return value
      }
    }
  }

  private mutating func parseFiltersAndTests(
    _ base: Expression
  ) throws(ChatTemplateError) -> Expression {
    var value = base
    var length = 0
    while true {
      try count(&length)
      if skip(symbol: "|") {
        value = .filter(value, try parseFilterCall())
      } else if skip(name: "is") {
        value = try parseTest(of: value)
      } else if current.kind == .symbol("(") {
        value = .call(value, try parseArguments())
      } else {
        return value
      }
    }
  }

  /// Bounds the depth of the tree that a chain of postfix operators builds.
  private func count(_ length: inout Int) throws(ChatTemplateError) {
    length += 1
    guard length <= Parser.maximumChainLength else {
      throw failure("more than \(Parser.maximumChainLength) operators follow one value")
    }
  }

  private mutating func parseAttribute(of value: Expression) throws(ChatTemplateError) -> Expression
  {
    if case .integer(let index) = current.kind {
      advance()
      return .item(value, .literal(.integer(index)))
    }
    return .attribute(value, try expectName())
  }

  private mutating func parseSubscript(of value: Expression) throws(ChatTemplateError) -> Expression
  {
    if current.kind == .symbol("]") { throw failure("an index is expected between '[' and ']'") }
    var start: Expression?
    if current.kind != .symbol(":") {
      let index = try parseExpression()
      if skip(symbol: "]") { return .item(value, index) }
      if current.kind == .symbol(",") { return .item(value, try parseTupleIndex(first: index)) }
      start = index
    }
    try expect(symbol: ":")
    let stop = isSliceBoundary ? nil : try parseExpression()
    let step = skip(symbol: ":") && !isSliceBoundary ? try parseExpression() : nil
    try expect(symbol: "]")
    return .slice(value, start: start, stop: stop, step: step)
  }

  private mutating func parseTupleIndex(first: Expression) throws(ChatTemplateError) -> Expression {
    var elements = [first]
    while skip(symbol: ",") { elements.append(try parseExpression()) }
    try expect(symbol: "]")
    return .tuple(elements)
  }

  private var isSliceBoundary: Bool {
    current.kind == .symbol(":") || current.kind == .symbol("]")
  }

  /// Parses `| filter | filter …` up to the end of a block's tag.
  mutating func parseFilters() throws(ChatTemplateError) -> [FilterCall] {
    var filters: [FilterCall] = []
    while skip(symbol: "|") { filters.append(try parseFilterCall()) }
    return filters
  }

  mutating func parseFilterCall() throws(ChatTemplateError) -> FilterCall {
    let name = try parseDottedName()
    let arguments = current.kind == .symbol("(") ? try parseArguments() : CallArguments()
    return FilterCall(name: name, arguments: arguments)
  }

  private mutating func parseDottedName() throws(ChatTemplateError) -> String {
    var name = try expectName()
    while skip(symbol: ".") { name += "." + (try expectName()) }
    return name
  }

  private mutating func parseTest(of value: Expression) throws(ChatTemplateError) -> Expression {
    let isNegated = skip(name: "not")
    let name = try parseDottedName()
    var arguments = CallArguments()
    switch current.kind {
    case .symbol("("): arguments = try parseArguments()
    case .name("else"), .name("or"), .name("and"): break
    case .name("is"): throw failure("tests cannot be chained with 'is'")
    case .name, .string, .integer, .float, .symbol("["), .symbol("{"):
      let operand = try nested { (parser) throws(ChatTemplateError) in try parser.parsePrimary() }
      arguments.positional = [try parsePostfix(operand)]
    default: break
    }
    let test = Expression.test(value, FilterCall(name: name, arguments: arguments))
    return isNegated ? .not(test) : test
  }

  private mutating func parseArguments() throws(ChatTemplateError) -> CallArguments {
    var arguments = CallArguments()
    try expect(symbol: "(")
    var isFirst = true
    while !skip(symbol: ")") {
      if !isFirst {
        try expect(symbol: ",")
        if skip(symbol: ")") { break }
      }
      isFirst = false
      try parseArgument(into: &arguments)
    }
    return arguments
  }

  private mutating func parseArgument(
    into arguments: inout CallArguments
  ) throws(ChatTemplateError) {
    if arguments.unpackedDict == nil, skip(symbol: "**") {
      arguments.unpackedDict = try parseExpression()
    } else if arguments.unpackedList == nil, arguments.unpackedDict == nil, skip(symbol: "*") {
      arguments.unpackedList = try parseExpression()
    } else if arguments.unpackedDict == nil, case .name(let name) = current.kind,
      isNext(symbol: "=")
    {
      advance()
      advance()
      arguments.named.append((name, try parseExpression()))
    } else {
      guard arguments.named.isEmpty, arguments.unpackedList == nil, arguments.unpackedDict == nil
      else { throw failure("a positional argument follows a keyword argument") }
      arguments.positional.append(try parseExpression())
    }
  }

  // MARK: Primary

  private mutating func parsePrimary() throws(ChatTemplateError) -> Expression {
    switch current.kind {
    case .name(let name):
      advance()
      return nameOrConstant(name)
    case .string(var text):
      advance()
      while case .string(let next) = current.kind {
        text.append(next)
        advance()
      }
      return .literal(.string(text))
    case .integer(let value):
      advance()
      return .literal(.integer(value))
    case .float(let value):
      advance()
      return .literal(.float(value))
    case .symbol("("):
      advance()
      let value = try parseTuple(isParenthesized: true)
      try expect(symbol: ")")
      return value
    case .symbol("["): return try parseList()
    case .symbol("{"): return try parseDict()
    default: throw failure("unexpected \(current.description)")
    }
  }

  private mutating func nameOrConstant(_ name: String) -> Expression {
    switch name {
    case "true", "True": return .literal(.bool(true))
    case "false", "False": return .literal(.bool(false))
    case "none", "None": return .literal(.none)
    default:
      mentionedNames.append(name)
      return .name(name)
    }
  }

  private mutating func parseList() throws(ChatTemplateError) -> Expression {
    advance()
    var elements: [Expression] = []
    while !skip(symbol: "]") {
      if !elements.isEmpty {
        try expect(symbol: ",")
        if skip(symbol: "]") { break }
      }
      elements.append(try parseExpression())
    }
    return .list(elements)
  }

  private mutating func parseDict() throws(ChatTemplateError) -> Expression {
    advance()
    var members: [(Expression, Expression)] = []
    while !skip(symbol: "}") {
      if !members.isEmpty {
        try expect(symbol: ",")
        if skip(symbol: "}") { break }
      }
      let key = try parseExpression()
      try expect(symbol: ":")
      members.append((key, try parseExpression()))
    }
    return .dict(members)
  }
}
