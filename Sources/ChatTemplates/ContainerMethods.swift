import OrderedCollections

/// The methods of `dict`, `list` and `tuple`: one line each.
enum ContainerMethods {
  typealias Method = @Sendable (Value, Arguments) throws(Fault) -> Value

  static let table: [String: [String: Method]] = [
    "dict": ["get": get, "items": items, "keys": keys, "values": values, "copy": copy],
    "list": ["count": count, "index": index, "copy": copy],
    "tuple": ["count": count, "index": index],
  ]

  /// The methods that the immutable sandbox refuses, as they change their value.
  static let changing: [String: Set<String>] = [
    "dict": ["clear", "pop", "popitem", "setdefault", "update"],
    "list": ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"],
  ]

  @Sendable private static func get(
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let values = try arguments.bound(to: ["key", "default"])
    guard let key = values[0], arguments.named.isEmpty, case .dict(let mapping) = value else {
      throw .failure("get expected at least 1 argument, got 0")
    }
    try key.requireHashable()
    return mapping[key] ?? values[1] ?? .none
  }

  @Sendable private static func items(
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    guard case .dict(let mapping) = value else { return value }
    let pairs = mapping.members.map { Value.tuple([$0.key, $0.value]) }
    return .view(name: "items", Elements(pairs))
  }

  @Sendable private static func keys(
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    return .view(name: "keys", Elements(try value.elements()))
  }

  @Sendable private static func values(
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    guard case .dict(let mapping) = value else { return value }
    return .view(name: "values", Elements(Array(mapping.members.values)))
  }

  @Sendable private static func copy(
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    return value
  }

  @Sendable private static func count(
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    guard let element = try arguments.bound(to: ["value"])[0] else {
      throw .failure("count() takes exactly one argument (0 given)")
    }
    return .integer(try value.elements().count { $0 == element })
  }

  @Sendable private static func index(
    _ value: Value,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    guard let element = try arguments.bound(to: ["value"])[0],
      let index = try value.elements().firstIndex(of: element)
    else { throw .failure("the element is not in the \(value.typeName)") }
    return .integer(index)
  }
}
