import OrderedCollections

/// Attributes, items and slices, looked up as Jinja's sandbox does.
extension Interpreter {
  /// `value.name`: an attribute of the type first, then an item.
  func attribute(_ name: String, of value: Value) throws(Fault) -> Value {
    if let attribute = try method(name, of: value) { return attribute }
    return try item(.string(name), of: value, usesAttributes: false)
  }

  /// What the `attr` filter finds: an attribute of the type only.
  func typeAttribute(_ name: String, of value: Value) throws(Fault) -> Value {
    try method(name, of: value)
      ?? .undefined(reason: "'\(value.typeName) object' has no attribute '\(name)'")
  }

  /// `value[key]`: an item first, then an attribute of the type.
  func item(_ key: Value, of value: Value) throws(Fault) -> Value {
    try item(key, of: value, usesAttributes: true)
  }

  private func item(
    _ key: Value,
    of value: Value,
    usesAttributes: Bool
  ) throws(Fault) -> Value {
    switch value {
    case .undefined(let reason): throw .failure(reason)
    case .dict(let mapping):
      if key.isHashable, let member = mapping[key] { return member }
    case .string, .list, .tuple, .range:
      if let index = key.integerValue, let element = element(at: index, of: value) {
        return element
      }
    default: break
    }
    if usesAttributes, case .string(let name) = key,
      let method = try method(String(name), of: value)
    {
      return method
    }
    let name = try key.represented()
    let owner = value.isNone ? "None" : "'\(value.typeName) object'"
    return .undefined(reason: "\(owner) has no attribute \(String(name))")
  }

  private func element(at index: Int, of value: Value) -> Value? {
    guard let count = value.length else { return nil }
    let position = index < 0 ? index + count : index
    guard (0..<count).contains(position) else { return nil }
    switch value {
    case .string(let text): return .string(Text([text.scalars[position]]))
    case .list(let elements), .tuple(let elements): return elements.items[position]
    case .range(let start, let step, _): return .integer(start + position * step)
    default: return nil
    }
  }

  /// The attribute that Python's type of `value` has, or nil.
  private func method(_ name: String, of value: Value) throws(Fault) -> Value? {
    switch value {
    case .undefined(let reason): throw .failure(reason)
    case .namespace(let namespace): return namespace.attributes[.string(name)]
    case .loop(let state): return state.attribute(name)
    case .string(let text):
      return TextMethods.table[name].map { method in
        .function(
          Function(name) { (interpreter, arguments) throws(Fault) in
            try interpreter.charge(value.weight)
            return try method(interpreter, text, arguments)
          }
        )
      }
    case .dict, .list, .tuple: return containerMethod(name, of: value)
    default: return nil
    }
  }

  private func containerMethod(_ name: String, of value: Value) -> Value? {
    if ContainerMethods.changing[value.typeName]?.contains(name) == true {
      return .undefined(
        reason: "access to attribute '\(name)' of '\(value.typeName)' object is unsafe."
      )
    }
    guard let method = ContainerMethods.table[value.typeName]?[name] else { return nil }
    return .function(
      Function(name) { (interpreter, arguments) throws(Fault) in
        try interpreter.charge(value.weight)
        return try method(value, arguments)
      }
    )
  }

  /// `value[start:stop:step]`; `bounds` are those three, nil or `none` where left out.
  func slice(_ value: Value, _ bounds: [Value?]) throws(Fault) -> Value {
    if case .undefined(let reason) = value { throw .failure(reason) }
    var integers: [Int?] = []
    for bound in bounds {
      guard let bound, !bound.isNone else {
        integers.append(nil)
        continue
      }
      guard let integer = bound.integerValue else {
        throw .failure("slice indices must be integers or none")
      }
      integers.append(integer)
    }
    guard
      let indices = SliceIndices(count: value.length ?? 0, integers[0], integers[1], integers[2])
    else { throw .failure("slice step cannot be zero") }
    try charge(indices.count)
    switch value {
    case .string(let text): return .string(Text(indices.map { text.scalars[$0] }))
    case .list(let elements): return .list(indices.map { elements.items[$0] })
    case .tuple(let elements): return .tuple(indices.map { elements.items[$0] })
    case .range(let start, let step, _):
      return .range(
        start: start + (indices.first ?? 0) * step,
        step: step * indices.step,
        count: indices.count
      )
    default: throw .failure("'\(value.typeName)' object is not subscriptable")
    }
  }
}

/// The positions that a slice selects, as by `slice.indices` of Python.
struct SliceIndices: Sequence {
  let first: Int?
  let step: Int
  let count: Int

  /// Nil for a step of zero.
  init?(count length: Int, _ start: Int?, _ stop: Int?, _ step: Int?) {
    let step = Swift.max(-length - 1, Swift.min(length + 1, step ?? 1))
    guard step != 0 else { return nil }
    func bounded(_ index: Int?, or missing: Int) -> Int {
      guard let index else { return missing }
      let (lowest, highest) = step > 0 ? (0, length) : (-1, length - 1)
      return Swift.max(lowest, Swift.min(highest, index < 0 ? index + length : index))
    }
    let lower = bounded(start, or: step > 0 ? 0 : length - 1)
    let upper = bounded(stop, or: step > 0 ? length : -1)
    let distance = step > 0 ? upper - lower : lower - upper
    self.step = step
    count = distance > 0 ? (distance - 1) / abs(step) + 1 : 0
    first = count > 0 ? lower : nil
  }

  func makeIterator() -> AnyIterator<Int> {
    var position = 0
    return AnyIterator {
      guard position < count, let first else { return nil }
      defer { position += 1 }
      return first + position * step
    }
  }
}
