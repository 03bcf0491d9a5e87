import OrderedCollections

/// The functions that every template can call: one line each.
enum Globals {
  typealias Global = @Sendable (Interpreter, Arguments) throws(Fault) -> Value

  static let table: [String: Global] = [
    "range": range,
    "dict": dict,
    "namespace": namespace,
    "raise_exception": raiseException,
    "strftime_now": strftimeNow,
  ]

  /// The longest range that Jinja's sandbox makes.
  private static let maximumRangeLength = 100_000

  @Sendable private static func range(
    _ interpreter: Interpreter,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let values = try arguments.bound(to: ["start", "stop", "step"])
    guard let first = try values[0]?.requireInteger(), arguments.named.isEmpty else {
      throw .failure("range needs one to three integers")
    }
    let second = try values[1]?.requireInteger()
    let (start, stop) = second.map { (first, $0) } ?? (0, first)
    let step = try values[2]?.requireInteger() ?? 1
    guard step != 0 else { throw .failure("range() arg 3 must not be zero") }
    let (distance, overflow) =
      step > 0 ? stop.subtractingReportingOverflow(start) : start.subtractingReportingOverflow(stop)
    let count =
      overflow ? Int.max : distance > 0 ? (distance - 1) / Int(clamping: step.magnitude) + 1 : 0
    guard count <= maximumRangeLength else {
      throw .failure("range is too big: at most \(maximumRangeLength) elements are allowed")
    }
    guard !step.multipliedReportingOverflow(by: count).overflow else {
      throw .failure("range is too big")
    }
    return .range(start: start, step: step, count: count)
  }

  @Sendable private static func dict(
    _ interpreter: Interpreter,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    .dict(Mapping(try members(arguments)))
  }

  @Sendable private static func namespace(
    _ interpreter: Interpreter,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let attributes = try members(arguments)
    for case .string(let name) in attributes.keys where name.hasPrefix("_") {
      throw .failure("a namespace cannot hold '\(String(name))': the name begins with '_'")
    }
    return interpreter.makeNamespace(attributes)
  }

  /// The members that Python's `dict(…)` would have.
  private static func members(
    _ arguments: Arguments
  ) throws(Fault) -> OrderedDictionary<Value, Value> {
    guard arguments.positional.count <= 1 else { throw .failure("dict takes one argument") }
    var members: OrderedDictionary<Value, Value> = [:]
    if case .dict(let mapping)? = arguments.positional.first {
      members = mapping.members
    } else {
      for pair in try arguments.positional.first?.elements() ?? [] {
        let pair = try pair.elements()
        guard pair.count == 2 else { throw .failure("dict needs pairs of a key and a value") }
        try pair[0].requireHashable()
        members[pair[0]] = pair[1]
      }
    }
    for (name, value) in arguments.named { members[name] = value }
    return members
  }

  @Sendable private static func raiseException(
    _ interpreter: Interpreter,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    guard let message = try arguments.bound(to: ["message"])[0] else {
      throw .failure("raise_exception needs a message")
    }
    throw .rejected(String(try message.printed()))
  }

  @Sendable private static func strftimeNow(
    _ interpreter: Interpreter,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    guard let format = try arguments.bound(to: ["format"])[0] else {
      throw .failure("strftime_now needs a format")
    }
    return .string(interpreter.now.formatted(try format.requireText()))
  }
}
