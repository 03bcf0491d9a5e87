/// The tests that may follow `is`: one line each.
enum Tests {
  typealias Test = @Sendable (Value, Arguments) throws(Fault) -> Bool

  static let table: [String: Test] = [
    "defined": { (value, _) throws(Fault) in !value.isUndefined },
    "undefined": { (value, _) throws(Fault) in value.isUndefined },
    "none": { (value, _) throws(Fault) in value.isNone },
    "true": { (value, _) throws(Fault) in if case .bool(true) = value { true } else { false } },
    "false": { (value, _) throws(Fault) in if case .bool(false) = value { true } else { false } },
    "boolean": { (value, _) throws(Fault) in if case .bool = value { true } else { false } },
    "integer": { (value, _) throws(Fault) in if case .integer = value { true } else { false } },
    "float": { (value, _) throws(Fault) in if case .float = value { true } else { false } },
    "number": { (value, _) throws(Fault) in value.doubleValue != nil },
    "string": { (value, _) throws(Fault) in if case .string = value { true } else { false } },
    "mapping": { (value, _) throws(Fault) in if case .dict = value { true } else { false } },
    "sequence": { (value, _) throws(Fault) in isSequence(value) },
    "iterable": { (value, _) throws(Fault) in isIterable(value) },
    "callable": { (value, _) throws(Fault) in isCallable(value) },
    "odd": { (value, _) throws(Fault) in try remainder(value, 2) != .integer(0) },
    "even": { (value, _) throws(Fault) in try remainder(value, 2) == .integer(0) },
    "divisibleby": divisibleBy,
    "lower": { (value, _) throws(Fault) in try hasCase(value, upper: false) },
    "upper": { (value, _) throws(Fault) in try hasCase(value, upper: true) },
    "sameas": sameAs,
    "filter": { (value, _) throws(Fault) in Filters.table[String(try value.requireText())] != nil },
    "test": { (value, _) throws(Fault) in try isTest(value) },
    "eq": equal, "equalto": equal, "==": equal,
    "ne": { (value, arguments) throws(Fault) in try compare(.notEqual, value, arguments) },
    "!=": { (value, arguments) throws(Fault) in try compare(.notEqual, value, arguments) },
    "lt": less, "lessthan": less, "<": less,
    "le": { (value, arguments) throws(Fault) in try compare(.lessOrEqual, value, arguments) },
    "<=": { (value, arguments) throws(Fault) in try compare(.lessOrEqual, value, arguments) },
    "gt": greater, "greaterthan": greater, ">": greater,
    "ge": { (value, arguments) throws(Fault) in try compare(.greaterOrEqual, value, arguments) },
    ">=": { (value, arguments) throws(Fault) in try compare(.greaterOrEqual, value, arguments) },
    "in": { (value, arguments) throws(Fault) in try compare(.contained, value, arguments) },
  ]

  @Sendable private static func equal(_ value: Value, _ arguments: Arguments) throws(Fault) -> Bool
  {
    try compare(.equal, value, arguments)
  }

  @Sendable private static func less(_ value: Value, _ arguments: Arguments) throws(Fault) -> Bool {
    try compare(.less, value, arguments)
  }

  @Sendable private static func greater(
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Bool {
    try compare(.greater, value, arguments)
  }

  private static func compare(
    _ operation: ComparisonOperator,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Bool {
    guard let other = try arguments.bound(to: ["other"])[0] else {
      throw .failure("a comparing test needs a value to compare with")
    }
    return try Interpreter.holds(operation, value, other)
  }

  private static func isSequence(_ value: Value) -> Bool {
    switch value {
    case .undefined, .string, .list, .tuple, .dict, .range: true
    default: false
    }
  }

  private static func isIterable(_ value: Value) -> Bool {
    switch value {
    case .undefined, .string, .list, .tuple, .dict, .range, .view, .iterator, .loop: true
    default: false
    }
  }

  private static func isCallable(_ value: Value) -> Bool {
    switch value {
    case .function, .undefined, .loop: true
    default: false
    }
  }

  private static func remainder(_ value: Value, _ divisor: Int) throws(Fault) -> Value {
    if let integer = value.integerValue { return .integer(abs(integer % divisor)) }
    if let number = value.doubleValue {
      return .float(abs(number.truncatingRemainder(dividingBy: Double(divisor))))
    }
    throw .failure("'\(value.typeName)' is neither odd nor even")
  }

  @Sendable private static func divisibleBy(
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Bool {
    guard let divisor = try arguments.bound(to: ["num"])[0]?.requireInteger(), divisor != 0 else {
      throw .failure("'divisibleby' needs a divisor other than zero")
    }
    return try value.requireInteger().remainderReportingOverflow(dividingBy: divisor).partialValue
      == 0
  }

  @Sendable private static func sameAs(
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Bool {
    guard let other = try arguments.bound(to: ["other"])[0] else {
      throw .failure("'sameas' needs a value to compare with")
    }
    return value.typeName == other.typeName && value == other
  }

  private static func hasCase(_ value: Value, upper: Bool) throws(Fault) -> Bool {
    let text = try value.printed()
    let changed = upper ? text.uppercased() : text.lowercased()
    return text == changed && text.scalars.contains { $0.properties.isCased }
  }

  private static func isTest(_ value: Value) throws(Fault) -> Bool {
    table[String(try value.requireText())] != nil
  }
}
