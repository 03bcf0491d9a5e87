import OrderedCollections
import OrderedJSON

/// A value as a template sees it, with Python's types.
enum Value {
  /// What a name or attribute that does not exist gives; using it fails with `reason`, printing it gives "".
  case undefined(reason: String)
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(Text)
  case list(Elements)
  case tuple(Elements)
  case dict(Mapping)
  /// `dict.items()`, `.keys()` or `.values()`.
  case view(name: String, Elements)
  case range(start: Int, step: Int, count: Int)
  case iterator(ElementIterator)
  case namespace(Namespace)
  case loop(LoopState)
  case function(Function)
}

/// The elements of a sequence with the depth of the containers below it, which bounds recursion over values,
/// and their weight, which bounds the work: a list may hold one other list a thousand times.
struct Elements {
  let items: [Value]
  let depth: Int
  let weight: Int

  init(_ items: [Value]) {
    self.items = items
    depth = 1 + (items.lazy.map(\.depth).max() ?? 0)
    weight = items.reduce(1) { $0.addingSaturated($1.weight) }
  }
}

/// A `dict` in insertion order.
struct Mapping {
  let members: OrderedDictionary<Value, Value>
  let depth: Int
  let weight: Int

  init(_ members: OrderedDictionary<Value, Value>) {
    self.members = members
    depth = 1 + (members.values.lazy.map(\.depth).max() ?? 0)
    weight = members.reduce(1) {
      $0.addingSaturated($1.key.weight).addingSaturated($1.value.weight)
    }
  }

  subscript(key: Value) -> Value? { members[key] }
}

/// A generator: it can be walked once, and says nothing about its length.
final class ElementIterator {
  private var remaining: [Value]

  init(_ elements: [Value]) { remaining = elements }

  func takeAll() -> [Value] {
    defer { remaining = [] }
    return remaining
  }
}

/// The one value that a template may change.
final class Namespace {
  var attributes: OrderedDictionary<Value, Value>

  init(_ attributes: OrderedDictionary<Value, Value>) { self.attributes = attributes }
}

/// Something that can be called: a global, a method bound to its value, or a macro.
final class Function {
  typealias Body = (Interpreter, Arguments) throws(Fault) -> Value

  let name: String
  let call: Body

  init(_ name: String, _ call: @escaping Body) {
    self.name = name
    self.call = call
  }
}

extension Value {
  init(_ json: JSON) {
    switch json {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .number(let value): self = .float(value)
    case .string(let value): self = .string(Text(value))
    case .array(let elements): self = .list(elements.map(Value.init))
    case .object(let members):
      var values: OrderedDictionary<Value, Value> = [:]
      for (key, value) in members { values[.string(Text(key))] = Value(value) }
      self = .dict(Mapping(values))
    }
  }

  init(_ literal: Literal) {
    switch literal {
    case .none: self = .none
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .float(let value): self = .float(value)
    case .string(let value): self = .string(value)
    }
  }

  static func list(_ items: [Value]) -> Value { .list(Elements(items)) }
  static func tuple(_ items: [Value]) -> Value { .tuple(Elements(items)) }
  static func string(_ string: String) -> Value { .string(Text(string)) }

  /// How many containers are nested in this value, itself included.
  var depth: Int {
    switch self {
    case .list(let elements), .tuple(let elements), .view(_, let elements): elements.depth
    case .dict(let mapping): mapping.depth
    default: 0
    }
  }

  /// The steps that walking this whole value costs: one for each element and each sixteen characters.
  var weight: Int {
    switch self {
    case .string(let text): 1 + text.count / 16
    case .list(let elements), .tuple(let elements), .view(_, let elements): elements.weight
    case .dict(let mapping): mapping.weight
    case .range(_, _, let count): count
    default: 1
    }
  }

  var isUndefined: Bool { if case .undefined = self { true } else { false } }

  var isNone: Bool { if case .none = self { true } else { false } }

  /// The number if this is an `int`, or a `bool`, which Python counts as one.
  var integerValue: Int? {
    switch self {
    case .integer(let value): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }

  var doubleValue: Double? {
    if case .float(let value) = self { return value }
    return integerValue.map(Double.init)
  }

  /// Python's truth of a value.
  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let value): value
    case .integer(let value): value != 0
    case .float(let value): value != 0
    case .string(let text): !text.isEmpty
    case .list(let elements), .tuple(let elements), .view(_, let elements): !elements.items.isEmpty
    case .dict(let mapping): !mapping.members.isEmpty
    case .range(_, _, let count): count > 0
    case .iterator, .namespace, .loop, .function: true
    }
  }

  /// Python's name of the type, for messages.
  var typeName: String {
    switch self {
    case .undefined: "Undefined"
    case .none: "NoneType"
    case .bool: "bool"
    case .integer: "int"
    case .float: "float"
    case .string: "str"
    case .list: "list"
    case .tuple: "tuple"
    case .dict: "dict"
    case .view(let name, _): "dict_\(name)"
    case .range: "range"
    case .iterator: "generator"
    case .namespace: "Namespace"
    case .loop: "LoopContext"
    case .function: "function"
    }
  }

  /// `len`, or nil where Python has none.
  var length: Int? {
    switch self {
    case .undefined: 0
    case .string(let text): text.count
    case .list(let elements), .tuple(let elements), .view(_, let elements): elements.items.count
    case .dict(let mapping): mapping.members.count
    case .range(_, _, let count): count
    case .loop(let state): state.items.count
    default: nil
    }
  }

  /// The elements that a loop over this value meets.
  func elements() throws(Fault) -> [Value] {
    switch self {
    case .undefined: return []
    case .string(let text): return text.scalars.map { .string(Text([$0])) }
    case .list(let elements), .tuple(let elements), .view(_, let elements): return elements.items
    case .dict(let mapping): return Array(mapping.members.keys)
    case .range(let start, let step, let count):
      return (0..<count).map { .integer(start + $0 * step) }
    case .iterator(let iterator): return iterator.takeAll()
    default: throw .failure("'\(typeName)' object is not iterable")
    }
  }
}

extension Int {
  /// The sum, held at the largest integer.
  fileprivate func addingSaturated(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
