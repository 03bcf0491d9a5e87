import OrderedCollections

/// Filters that give text or a number.
extension Filters {
  @Sendable static func string(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    return .string(try value.printed())
  }

  @Sendable static func upper(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    return .string(try value.printed().uppercased())
  }

  @Sendable static func lower(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    return .string(try value.printed().lowercased())
  }

  @Sendable static func capitalize(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    return .string(try value.printed().capitalized())
  }

  /// Words begin after white space, `-` and opening brackets; their first letter goes to upper case.
  @Sendable static func title(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    var result = Text()
    var word = Text()
    func finishWord() {
      result.append(Text(word.scalars.prefix(1)).uppercased())
      result.append(Text(word.scalars.dropFirst()).lowercased())
      word = Text()
    }
    for scalar in try value.printed().scalars {
      if scalar.isPythonSpace || "-({[<".unicodeScalars.contains(scalar) {
        finishWord()
        result.scalars.append(scalar)
      } else {
        word.scalars.append(scalar)
      }
    }
    finishWord()
    return .string(result)
  }

  @Sendable static func trim(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let characters = try arguments.bound(to: ["chars"])[0]
    let text = try value.printed()
    guard let characters, !characters.isNone else { return .string(text.trimmed()) }
    let set = Set(try characters.requireText().scalars)
    return .string(text.trimmed { set.contains($0) })
  }

  @Sendable static func replace(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let values = try arguments.bound(to: ["old", "new", "count"])
    guard let old = values[0], let new = values[1] else {
      throw .failure("'replace' needs the old and the new text")
    }
    let text = try value.printed()
    let limit = try values[2].flatMap { (count) throws(Fault) in
      count.isNone ? nil : try count.requireInteger()
    }
    return .string(
      try text.replacing(
        try old.printed(),
        with: try new.printed(),
        limit: limit,
        in: interpreter
      )
    )
  }

  @Sendable static func indent(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let values = try arguments.bound(to: ["width", "first", "blank"])
    var indentation = Text("    ")
    if case .string(let text)? = values[0] {
      indentation = text
    } else if let width = try values[0]?.requireInteger() {
      try interpreter.checkLength(width)
      indentation = Text(repeatElement(" ", count: Swift.max(0, width)))
    }
    let indentsBlank = values[2]?.isTrue ?? false
    var result = Text()
    for (index, line) in (try value.printed() + "\n").lines.enumerated() {
      if index > 0 { result.append("\n") }
      let isIndented = index > 0 ? !line.isEmpty || indentsBlank : values[1]?.isTrue ?? false
      if isIndented { result.append(indentation) }
      result.append(line)
      try interpreter.charge(indentation.count / 16)
      try interpreter.checkLength(result.count)
    }
    return .string(result)
  }

  @Sendable static func format(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    guard arguments.positional.isEmpty || arguments.named.isEmpty else {
      throw .failure("'format' takes positional or keyword arguments, not both")
    }
    let operand: Value =
      arguments.named.isEmpty
      ? .tuple(arguments.positional) : .dict(Mapping(arguments.named))
    return .string(try PercentFormat.apply(try value.printed(), operand, in: interpreter))
  }

  @Sendable static func join(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let values = try arguments.bound(to: ["d", "attribute"])
    let separator = try values[0]?.printed() ?? ""
    var result = Text()
    for (index, element) in try value.elements().enumerated() {
      if index > 0 { result.append(separator) }
      result.append(try interpreter.value(of: element, at: values[1]).printed())
      try interpreter.checkLength(result.count)
    }
    return .string(result)
  }

  @Sendable static func toJSON(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    var json = try JSONText(arguments)
    try json.append(value, in: interpreter)
    return .string(json.text)
  }

  // MARK: Numbers

  @Sendable static func integer(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let values = try arguments.bound(to: ["default", "base"])
    let fallback = values[0] ?? .integer(0)
    let base = try values[1]?.requireInteger() ?? 10
    guard (2...36).contains(base) else { throw .failure("'int' needs a base from 2 to 36") }
    switch value {
    case .undefined(let reason): throw .failure(reason)
    case .float(let number):
      return Int(exactly: number.rounded(.towardZero)).map { .integer($0) } ?? fallback
    case .string(let text):
      if let integer = text.integerValue(base: base) { return .integer(integer) }
      guard let number = text.doubleValue else { return fallback }
      return Int(exactly: number.rounded(.towardZero)).map { .integer($0) } ?? fallback
    default: return value.integerValue.map { .integer($0) } ?? fallback
    }
  }

  @Sendable static func float(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let fallback = try arguments.bound(to: ["default"])[0] ?? .float(0)
    switch value {
    case .undefined(let reason): throw .failure(reason)
    case .string(let text): return text.doubleValue.map { .float($0) } ?? fallback
    default: return value.doubleValue.map { .float($0) } ?? fallback
    }
  }

  @Sendable static func absolute(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    if case .float(let number) = value { return .float(number.magnitude) }
    let integer = try value.requireInteger()
    return integer < 0 ? try Arithmetic.negated(.integer(integer)) : .integer(integer)
  }

  @Sendable static func round(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let values = try arguments.bound(to: ["precision", "method"])
    let digits = try values[0]?.requireInteger() ?? 0
    let method = try values[1]?.requireText() ?? "common"
    guard ["common", "ceil", "floor"].contains(method) else {
      throw .failure("'round' knows the methods common, ceil and floor")
    }
    guard let number = value.doubleValue else {
      throw .failure("'round' needs a number, not '\(value.typeName)'")
    }
    if method == "common" {
      guard value.integerValue == nil || digits < 0 else { return .integer(Int(number)) }
      return .float(number.rounded(toDigits: digits))
    }
    let power = Arithmetic.powerOfTen(digits)
    let rule: FloatingPointRoundingRule = method == "ceil" ? .up : .down
    return .float((number * power).rounded(rule) / power)
  }
}

extension Text {
  /// What `int(text, base)` reads.
  func integerValue(base: Int) -> Int? {
    var digits = trimmed()
    if let prefix = [16: "0x", 8: "0o", 2: "0b"][base], digits.lowercased().hasPrefix(Text(prefix))
    {
      digits = Text(digits.scalars.dropFirst(2))
    }
    return Int(String(digits).filter { $0 != "_" }, radix: base)
  }

  /// What `float(text)` reads.
  var doubleValue: Double? {
    let text = String(trimmed())
    return text.lowercased().contains("x") ? nil : Double(text)
  }
}
