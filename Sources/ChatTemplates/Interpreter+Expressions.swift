import OrderedCollections

extension Interpreter {
  func evaluate(_ expression: Expression) throws(Fault) -> Value {
    try charge(1)
    let value = try deeper { () throws(Fault) in try evaluateUnchecked(expression) }
    try checkDepth(of: value)
    return value
  }

  private func evaluateUnchecked(_ expression: Expression) throws(Fault) -> Value {
    switch expression {
    case .literal(let literal): Value(literal)
    case .name(let name): lookUp(name)
    case .list(let elements): .list(try evaluate(elements))
    case .tuple(let elements): .tuple(try evaluate(elements))
    case .dict(let members): try evaluateDict(members)
    case .attribute(let base, let name): try attribute(name, of: try evaluate(base))
    case .item(let base, let key): try item(try evaluate(key), of: try evaluate(base))
    case .slice(let base, let start, let stop, let step):
      try evaluateSlice(of: base, start, stop, step)
    case .call: try call(expression, caller: nil)
    case .filter(let value, let filter): try apply([filter], to: try evaluate(value))
    case .test(let value, let test): .bool(try evaluateTest(test, on: try evaluate(value)))
    case .not(let operand): .bool(!(try evaluate(operand)).isTrue)
    case .negative(let operand): try Arithmetic.negated(try evaluate(operand))
    case .positive(let operand): try Arithmetic.positive(try evaluate(operand))
    case .arithmetic(let first, let rest): try evaluateArithmetic(first, rest)
    case .concatenation(let operands): .string(try evaluateConcatenation(operands))
    case .comparison(let first, let rest): .bool(try evaluateComparison(first, rest))
    case .and(let operands): try firstValue(of: operands) { !$0.isTrue }
    case .or(let operands): try firstValue(of: operands) { $0.isTrue }
    case .conditional(let condition, let then, let otherwise):
      try evaluateConditional(condition, then, otherwise)
    }
  }

  private func evaluate(_ expressions: [Expression]) throws(Fault) -> [Value] {
    var values: [Value] = []
    for expression in expressions { values.append(try evaluate(expression)) }
    return values
  }

  private func evaluateDict(
    _ members: [(key: Expression, value: Expression)]
  ) throws(Fault) -> Value {
    var values: OrderedDictionary<Value, Value> = [:]
    for member in members {
      let key = try evaluate(member.key)
      try key.requireHashable()
      values[key] = try evaluate(member.value)
    }
    return .dict(Mapping(values))
  }

  private func evaluateSlice(
    of base: Expression,
    _ start: Expression?,
    _ stop: Expression?,
    _ step: Expression?
  ) throws(Fault) -> Value {
    let value = try evaluate(base)
    let bounds = [
      try start.map { (bound) throws(Fault) in try evaluate(bound) },
      try stop.map { (bound) throws(Fault) in try evaluate(bound) },
      try step.map { (bound) throws(Fault) in try evaluate(bound) },
    ]
    return try slice(value, bounds)
  }

  private func evaluateConditional(
    _ condition: Expression,
    _ then: Expression,
    _ otherwise: Expression?
  ) throws(Fault) -> Value {
    if try evaluate(condition).isTrue { return try evaluate(then) }
    guard let otherwise else {
      return .undefined(reason: "the inline if-expression was false and has no else")
    }
    return try evaluate(otherwise)
  }

  /// The first operand that decides an `and` or an `or`, else the last one.
  private func firstValue(
    of operands: [Expression],
    where decides: (Value) -> Bool
  ) throws(Fault) -> Value {
    var value = Value.none
    for operand in operands {
      value = try evaluate(operand)
      if decides(value) { return value }
    }
    return value
  }

  private func evaluateArithmetic(
    _ first: Expression,
    _ rest: [(operation: ArithmeticOperator, operand: Expression)]
  ) throws(Fault) -> Value {
    var value = try evaluate(first)
    for (operation, operand) in rest {
      let right = try evaluate(operand)
      value = try Arithmetic.apply(operation, value, right, in: self)
      try charge(value.weight)
    }
    return value
  }

  private func evaluateConcatenation(_ operands: [Expression]) throws(Fault) -> Text {
    var text = Text()
    for operand in operands {
      let value = try evaluate(operand)
      try charge(value.weight)
      text.append(try value.printed())
      try checkLength(text.count)
    }
    try charge(text.count / 16)
    return text
  }

  private func evaluateComparison(
    _ first: Expression,
    _ rest: [(operation: ComparisonOperator, operand: Expression)]
  ) throws(Fault) -> Bool {
    var left = try evaluate(first)
    for (operation, operand) in rest {
      let right = try evaluate(operand)
      try charge(left.weight)
      try charge(right.weight)
      guard try Interpreter.holds(operation, left, right) else { return false }
      left = right
    }
    return true
  }

  static func holds(
    _ operation: ComparisonOperator,
    _ left: Value,
    _ right: Value
  ) throws(Fault) -> Bool {
    switch operation {
    case .equal: return left == right
    case .notEqual: return left != right
    case .less: return try Value.isLess(left, right)
    case .greater: return try Value.isLess(right, left, operation: ">")
    case .lessOrEqual: return try Value.isLess(left, right, operation: "<=") || left == right
    case .greaterOrEqual: return try Value.isLess(right, left, operation: ">=") || left == right
    case .contained: return try right.contains(left)
    case .notContained: return try !right.contains(left)
    }
  }

  // MARK: Calls, filters, tests

  func call(_ expression: Expression, caller: Value?) throws(Fault) -> Value {
    guard case .call(let callee, let callArguments) = expression else {
      return try evaluate(expression)
    }
    let function = try evaluate(callee)
    var arguments = try evaluate(callArguments)
    if let caller { arguments.named[.string("caller" as Text)] = caller }
    switch function {
    case .function(let function):
      for argument in arguments.positional { try charge(argument.weight) }
      let value = try function.call(self, arguments)
      try charge(value.weight)
      return value
    case .undefined(let reason): throw .failure(reason)
    default: throw .failure("'\(function.typeName)' object is not callable")
    }
  }

  private func evaluate(_ arguments: CallArguments) throws(Fault) -> Arguments {
    var values = Arguments(positional: try evaluate(arguments.positional))
    for (name, value) in arguments.named {
      guard values.named.updateValue(try evaluate(value), forKey: .string(name)) == nil else {
        throw .failure("keyword argument repeated: \(name)")
      }
    }
    if let list = arguments.unpackedList {
      values.positional += try evaluate(list).elements()
    }
    if let dict = arguments.unpackedDict {
      guard case .dict(let mapping) = try evaluate(dict) else {
        throw .failure("a dict is expected after '**'")
      }
      for (name, value) in mapping.members { values.named[name] = value }
    }
    return values
  }

  func apply(_ filters: [FilterCall], to value: Value) throws(Fault) -> Value {
    var value = value
    for filter in filters {
      value = try apply(filter.name, to: value, try evaluate(filter.arguments))
    }
    return value
  }

  /// Applies the filter called `name`.
  func apply(_ name: String, to value: Value, _ arguments: Arguments) throws(Fault) -> Value {
    guard let filter = Filters.table[name] else { throw .failure("no filter named '\(name)'") }
    try charge(value.weight)
    for argument in arguments.positional { try charge(argument.weight) }
    let result = try filter(self, value, arguments)
    try charge(result.weight)
    return result
  }

  private func evaluateTest(_ test: FilterCall, on value: Value) throws(Fault) -> Bool {
    try self.test(test.name, value, try evaluate(test.arguments))
  }

  /// Whether the test called `name` holds for `value`.
  func test(_ name: String, _ value: Value, _ arguments: Arguments) throws(Fault) -> Bool {
    guard let test = Tests.table[name] else { throw .failure("no test named '\(name)'") }
    try charge(value.weight)
    for argument in arguments.positional { try charge(argument.weight) }
    return try test(value, arguments)
  }
}
