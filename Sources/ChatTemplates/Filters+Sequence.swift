import OrderedCollections

/// Filters that take sequences or mappings.
extension Filters {
  @Sendable static func length(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    guard let length = value.length else {
      throw .failure("object of type '\(value.typeName)' has no len()")
    }
    return .integer(length)
  }

  @Sendable static func defaultValue(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let values = try arguments.bound(to: ["default_value", "boolean"])
    let isMissing = value.isUndefined || (values[1]?.isTrue == true && !value.isTrue)
    return isMissing ? values[0] ?? .string("") : value
  }

  @Sendable static func attribute(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    guard let name = try arguments.bound(to: ["name"])[0] else {
      throw .failure("'attr' needs a name")
    }
    return try interpreter.typeAttribute(String(try name.printed()), of: value)
  }

  @Sendable static func first(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    return try value.elements().first ?? .undefined(reason: "No first item, sequence was empty.")
  }

  @Sendable static func last(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    if case .iterator = value { throw .failure("'generator' object is not reversible") }
    return try value.elements().last ?? .undefined(reason: "No last item, sequence was empty.")
  }

  @Sendable static func list(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    return .list(try value.elements())
  }

  @Sendable static func reverse(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    if case .string(let text) = value { return .string(Text(text.scalars.reversed())) }
    return .iterator(ElementIterator(try value.elements().reversed()))
  }

  @Sendable static func items(
    _: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    switch value {
    case .undefined: return .iterator(ElementIterator([]))
    case .dict(let mapping):
      return .iterator(ElementIterator(mapping.members.map { .tuple([$0.key, $0.value]) }))
    default: throw .failure("Can only get item pairs from a mapping.")
    }
  }

  @Sendable static func batch(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let values = try arguments.bound(to: ["linecount", "fill_with"])
    guard let size = try values[0]?.requireInteger(), size > 0 else {
      throw .failure("'batch' needs a positive size")
    }
    let items = try value.elements()
    var batches: [Value] = []
    for start in stride(from: 0, to: items.count, by: size) {
      var batch = Array(items[start...].prefix(size))
      if let fill = values[1], !fill.isNone, batch.count < size {
        try interpreter.charge(size)
        batch += Array(repeating: fill, count: size - batch.count)
      }
      batches.append(.list(batch))
    }
    return .iterator(ElementIterator(batches))
  }

  // MARK: Order

  @Sendable static func sort(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let values = try arguments.bound(to: ["reverse", "case_sensitive", "attribute"])
    var keyed: [(key: Value, item: Value)] = []
    for item in try value.elements() {
      let key = try interpreter.sortKey(of: item, attributes: values[2], values[1])
      keyed.append((key, item))
    }
    let isReversed = values[0]?.isTrue ?? false
    return .list(try interpreter.sorted(keyed, isReversed: isReversed).map(\.item))
  }

  @Sendable static func dictSort(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let values = try arguments.bound(to: ["case_sensitive", "by", "reverse"])
    guard case .dict(let mapping) = value else { throw .failure("'dictsort' needs a mapping") }
    let by = try values[1]?.requireText() ?? "key"
    guard by == "key" || by == "value" else {
      throw .failure("'dictsort' sorts by 'key' or by 'value'")
    }
    let keyed = mapping.members.map { member in
      let key = by == "key" ? member.key : member.value
      return (
        key: key.foldingCase(unless: values[0]), item: Value.tuple([member.key, member.value])
      )
    }
    let isReversed = values[2]?.isTrue ?? false
    return .list(try interpreter.sorted(keyed, isReversed: isReversed).map(\.item))
  }

  @Sendable static func unique(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let values = try arguments.bound(to: ["case_sensitive", "attribute"])
    var seen: Set<Value> = []
    var items: [Value] = []
    for item in try value.elements() {
      let key = try interpreter.value(of: item, at: values[1]).foldingCase(unless: values[0])
      try key.requireHashable()
      if seen.insert(key).inserted { items.append(item) }
    }
    return .iterator(ElementIterator(items))
  }

  @Sendable static func min(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try extreme(interpreter, value, arguments) { (new, best) throws(Fault) in
      try Value.isLess(new, best)
    }
  }

  @Sendable static func max(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try extreme(interpreter, value, arguments) { (new, best) throws(Fault) in
      try Value.isLess(best, new, operation: ">")
    }
  }

  private static func extreme(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments,
    isBetter: (Value, Value) throws(Fault) -> Bool
  ) throws(Fault) -> Value {
    let values = try arguments.bound(to: ["case_sensitive", "attribute"])
    var best: (key: Value, item: Value)?
    for item in try value.elements() {
      let key = try interpreter.value(of: item, at: values[1]).foldingCase(unless: values[0])
      if let current = best, try !isBetter(key, current.key) { continue }
      best = (key, item)
    }
    return best?.item ?? .undefined(reason: "No aggregated item, sequence was empty.")
  }

  @Sendable static func sum(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let values = try arguments.bound(to: ["attribute", "start"])
    var total = values[1] ?? .integer(0)
    if case .string = total { throw .failure("sum() can't sum strings [use ''.join(seq) instead]") }
    for item in try value.elements() {
      let term = try interpreter.value(of: item, at: values[0])
      total = try Arithmetic.apply(.add, total, term, in: interpreter)
      try interpreter.charge(total.weight)
    }
    return total
  }

  // MARK: Selection

  @Sendable static func map(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    var results: [Value] = []
    if arguments.positional.isEmpty {
      let values = try arguments.bound(to: ["attribute", "default"])
      guard let path = values[0] else { throw .failure("'map' needs a filter or an attribute") }
      for item in try value.elements() {
        results.append(try interpreter.value(of: item, at: path, default: values[1]))
      }
    } else {
      let name = String(try arguments.positional[0].requireText())
      let rest = arguments.droppingFirst(1)
      for item in try value.elements() {
        results.append(try interpreter.apply(name, to: item, rest))
      }
    }
    return .iterator(ElementIterator(results))
  }

  @Sendable static func select(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try selected(interpreter, value, arguments, attribute: nil, keeps: true)
  }

  @Sendable static func reject(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try selected(interpreter, value, arguments, attribute: nil, keeps: false)
  }

  @Sendable static func selectAttribute(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    guard let path = arguments.positional.first else { throw .failure("an attribute is needed") }
    return try selected(
      interpreter,
      value,
      arguments.droppingFirst(1),
      attribute: path,
      keeps: true
    )
  }

  @Sendable static func rejectAttribute(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    guard let path = arguments.positional.first else { throw .failure("an attribute is needed") }
    return try selected(
      interpreter,
      value,
      arguments.droppingFirst(1),
      attribute: path,
      keeps: false
    )
  }

  private static func selected(
    _ interpreter: Interpreter,
    _ value: Value,
    _ arguments: Arguments,
    attribute: Value?,
    keeps: Bool
  ) throws(Fault) -> Value {
    let test = try arguments.positional.first.map { (name) throws(Fault) in
      String(try name.requireText())
    }
    var items: [Value] = []
    for item in try value.elements() {
      let subject = try interpreter.value(of: item, at: attribute)
      let holds: Bool
      if let test {
        holds = try interpreter.test(test, subject, arguments.droppingFirst(1))
      } else {
        holds = subject.isTrue
      }
      if holds == keeps { items.append(item) }
    }
    return .iterator(ElementIterator(items))
  }
}

extension Arguments {
  /// These arguments without the first `count` positional ones.
  func droppingFirst(_ count: Int) -> Arguments {
    Arguments(positional: Array(positional.dropFirst(count)), named: named)
  }
}

extension Value {
  /// Lower case, unless `isCaseSensitive` is true.
  func foldingCase(unless isCaseSensitive: Value?) -> Value {
    guard isCaseSensitive?.isTrue != true, case .string(let text) = self else { return self }
    return .string(text.lowercased())
  }
}

extension Interpreter {
  /// The item that `path` (`"function.name"`, an index, nil for the element itself) leads to.
  func value(of element: Value, at path: Value?, default: Value? = nil) throws(Fault) -> Value {
    guard let path, !path.isNone else { return element }
    guard case .string(let names) = path else { return try item(path, of: element) }
    var value = element
    for name in String(names).split(separator: ".", omittingEmptySubsequences: false) {
      let isIndex = !name.isEmpty && name.allSatisfy(\.isASCIIDigit)
      value = try item(isIndex ? .integer(Int(name) ?? .max) : .string(String(name)), of: value)
      if value.isUndefined, let `default` { value = `default` }
    }
    return value
  }

  /// What `sort` compares: the value at each of the attributes between commas.
  func sortKey(
    of item: Value,
    attributes: Value?,
    _ isCaseSensitive: Value?
  ) throws(Fault) -> Value {
    guard case .string(let names)? = attributes, names.scalars.contains(",") else {
      return try value(of: item, at: attributes).foldingCase(unless: isCaseSensitive)
    }
    var keys: [Value] = []
    for name in String(names).split(separator: ",") {
      keys.append(
        try value(of: item, at: .string(String(name))).foldingCase(unless: isCaseSensitive)
      )
    }
    return .list(keys)
  }

  func sorted(
    _ keyed: [(key: Value, item: Value)],
    isReversed: Bool
  ) throws(Fault) -> [(key: Value, item: Value)] {
    try keyed.stablySorted { (left, right) throws(Fault) in
      try charge(1)
      return isReversed
        ? try Value.isLess(right.key, left.key) : try Value.isLess(left.key, right.key)
    }
  }
}

extension Character {
  var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
