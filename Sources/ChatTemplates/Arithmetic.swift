import Glibc

/// Python's arithmetic; integers beyond 64 bits are a failure.
enum Arithmetic {
  static func apply(
    _ operation: ArithmeticOperator,
    _ left: Value,
    _ right: Value,
    in interpreter: Interpreter
  ) throws(Fault) -> Value {
    if let left = left.integerValue, let right = right.integerValue {
      return try integers(operation, left, right)
    }
    if let left = left.doubleValue, let right = right.doubleValue {
      return try numbers(operation, left, right)
    }
    for case .undefined(let reason) in [left, right] {
      if operation == .remainder, case .string = left { break }
      throw .failure(reason)
    }
    switch (operation, left, right) {
    case (.add, .string(let left), .string(let right)):
      try interpreter.checkLength(left.count + right.count)
      return .string(left + right)
    case (.add, .list(let left), .list(let right)): return .list(left.items + right.items)
    case (.add, .tuple(let left), .tuple(let right)): return .tuple(left.items + right.items)
    case (.remainder, .string(let format), _):
      return .string(try PercentFormat.apply(format, right, in: interpreter))
    case (.multiply, _, _):
      if let count = right.integerValue { return try repeated(left, count, in: interpreter) }
      if let count = left.integerValue { return try repeated(right, count, in: interpreter) }
      throw unsupported(operation, left, right)
    default: throw unsupported(operation, left, right)
    }
  }

  static func negated(_ value: Value) throws(Fault) -> Value {
    if case .float(let value) = value { return .float(-value) }
    if let value = value.integerValue {
      return try checked(value.multipliedReportingOverflow(by: -1))
    }
    if case .undefined(let reason) = value { throw .failure(reason) }
    throw .failure("bad operand type for unary -: '\(value.typeName)'")
  }

  static func positive(_ value: Value) throws(Fault) -> Value {
    if case .float = value { return value }
    if let value = value.integerValue { return .integer(value) }
    if case .undefined(let reason) = value { throw .failure(reason) }
    throw .failure("bad operand type for unary +: '\(value.typeName)'")
  }

  private static func unsupported(
    _ operation: ArithmeticOperator,
    _ left: Value,
    _ right: Value
  ) -> Fault {
    .failure(
      "unsupported operand types for \(operation.rawValue): "
        + "'\(left.typeName)' and '\(right.typeName)'"
    )
  }

  private static func checked(_ result: (Int, overflow: Bool)) throws(Fault) -> Value {
    guard !result.overflow else { throw .failure("an integer grows beyond 64 bits") }
    return .integer(result.0)
  }

  private static func integers(
    _ operation: ArithmeticOperator,
    _ left: Int,
    _ right: Int
  ) throws(Fault) -> Value {
    switch operation {
    case .add: return try checked(left.addingReportingOverflow(right))
    case .subtract: return try checked(left.subtractingReportingOverflow(right))
    case .multiply: return try checked(left.multipliedReportingOverflow(by: right))
    case .divide: return try numbers(.divide, Double(left), Double(right))
    case .floorDivide, .remainder:
      guard right != 0 else { throw .failure("integer division or modulo by zero") }
      let (quotient, overflow) = left.dividedReportingOverflow(by: right)
      guard !overflow else { return try checked((0, operation == .floorDivide)) }
      let remainder = left % right
      let isRounded = remainder != 0 && (remainder < 0) != (right < 0)
      if operation == .floorDivide { return .integer(isRounded ? quotient - 1 : quotient) }
      return .integer(isRounded ? remainder + right : remainder)
    case .power:
      guard right >= 0 else { return try numbers(.power, Double(left), Double(right)) }
      return try power(left, right)
    }
  }

  private static func power(_ base: Int, _ exponent: Int) throws(Fault) -> Value {
    if base.magnitude <= 1 {
      return .integer(exponent == 0 ? 1 : base < 0 && exponent % 2 == 0 ? 1 : base)
    }
    guard exponent < 64 else { throw .failure("an integer grows beyond 64 bits") }
    var result = Value.integer(1)
    for _ in 0..<exponent { result = try integers(.multiply, result.requireInteger(), base) }
    return result
  }

  private static func numbers(
    _ operation: ArithmeticOperator,
    _ left: Double,
    _ right: Double
  ) throws(Fault) -> Value {
    switch operation {
    case .add: return .float(left + right)
    case .subtract: return .float(left - right)
    case .multiply: return .float(left * right)
    case .divide, .floorDivide, .remainder:
      guard right != 0 else { throw .failure("division by zero") }
      if operation == .divide { return .float(left / right) }
      var remainder = left.truncatingRemainder(dividingBy: right)
      if remainder != 0, (remainder < 0) != (right < 0) { remainder += right }
      return .float(operation == .remainder ? remainder : ((left - remainder) / right).rounded())
    case .power:
      let result = pow(left, right)
      guard left != 0 || right >= 0, result.isFinite || !left.isFinite || !right.isFinite else {
        throw .failure("the result of ** is out of range")
      }
      return .float(result)
    }
  }

  /// Ten to an exponent that is held between -300 and 300.
  static func powerOfTen(_ exponent: Int) -> Double {
    pow(10, Double(max(-300, min(300, exponent))))
  }

  private static func repeated(
    _ value: Value,
    _ count: Int,
    in interpreter: Interpreter
  ) throws(Fault) -> Value {
    let count = max(0, count)
    let (total, overflow) = (value.length ?? 0).multipliedReportingOverflow(by: count)
    try interpreter.checkLength(overflow ? .max : total)
    switch value {
    case .string(let text): return .string(Text(repeatElement(text.scalars, count: count).joined()))
    case .list(let elements):
      try interpreter.charge(total)
      return .list(Array(repeatElement(elements.items, count: count).joined()))
    case .tuple(let elements):
      try interpreter.charge(total)
      return .tuple(Array(repeatElement(elements.items, count: count).joined()))
    default: throw .failure("can't multiply '\(value.typeName)' by 'int'")
    }
  }
}
