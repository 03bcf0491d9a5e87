/// Python's `json.dumps`.
struct JSONText {
  var isASCII = false
  var indent: Text?
  var itemSeparator: Text
  var keySeparator: Text = ": "
  var sortsKeys = false
  private(set) var text = Text()

  /// The arguments of the `tojson` filter: `ensure_ascii`, `indent`, `separators`, `sort_keys`.
  init(_ arguments: Arguments) throws(Fault) {
    let values = try arguments.bound(to: ["ensure_ascii", "indent", "separators", "sort_keys"])
    isASCII = values[0]?.isTrue ?? false
    sortsKeys = values[3]?.isTrue ?? false
    if case .string(let indentation)? = values[1] {
      indent = indentation
    } else if let width = values[1]?.integerValue {
      indent = Text(repeatElement(" ", count: min(max(0, width), 1_000)))
    }
    itemSeparator = indent == nil ? ", " : ","
    if let separators = values[2], !separators.isNone {
      let pair = try separators.elements()
      guard pair.count == 2 else { throw .failure("tojson needs two separators") }
      itemSeparator = try pair[0].requireText()
      keySeparator = try pair[1].requireText()
    }
  }

  mutating func append(
    _ value: Value,
    level: Int = 0,
    in interpreter: Interpreter
  ) throws(Fault) {
    try interpreter.charge(1)
    try interpreter.checkLength(text.count)
    switch value {
    case .none: text.append("null")
    case .bool(let value): text.append(value ? "true" : "false")
    case .integer(let value): text.append(Text(String(value)))
    case .float(let value): text.append(JSONText.number(value))
    case .string(let string): append(string)
    case .list(let elements), .tuple(let elements):
      try append(elements.items, "[", "]", level, interpreter) { (json, item) throws(Fault) in
        try json.append(item, level: level + 1, in: interpreter)
      }
    case .dict(let mapping):
      let members = try ordered(Array(mapping.members))
      try append(members, "{", "}", level, interpreter) { (json, member) throws(Fault) in
        json.append(try JSONText.key(member.key))
        json.text.append(json.keySeparator)
        try json.append(member.value, level: level + 1, in: interpreter)
      }
    default: throw .failure("Object of type \(value.typeName) is not JSON serializable")
    }
  }

  private func ordered(
    _ members: [(key: Value, value: Value)]
  ) throws(Fault) -> [(key: Value, value: Value)] {
    guard sortsKeys else { return members }
    return try members.stablySorted { (left, right) throws(Fault) in
      try Value.isLess(left.key, right.key)
    }
  }

  private mutating func append<Element>(
    _ elements: [Element],
    _ opening: Text,
    _ closing: Text,
    _ level: Int,
    _ interpreter: Interpreter,
    with append: (inout JSONText, Element) throws(Fault) -> Void
  ) throws(Fault) {
    text.append(opening)
    for (index, element) in elements.enumerated() {
      if index > 0 { text.append(itemSeparator) }
      breakLine(level + 1)
      try append(&self, element)
    }
    if !elements.isEmpty { breakLine(level) }
    text.append(closing)
  }

  private mutating func breakLine(_ level: Int) {
    guard let indent else { return }
    text.append("\n")
    for _ in 0..<level { text.append(indent) }
  }

  private static func number(_ value: Double) -> Text {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity" }
    return Text(value.pythonRepresentation)
  }

  private static func key(_ key: Value) throws(Fault) -> Text {
    switch key {
    case .string(let text): text
    case .none: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): Text(String(value))
    case .float(let value): number(value)
    default: throw .failure("keys must be str, int, float, bool or None, not \(key.typeName)")
    }
  }

  private mutating func append(_ string: Text) {
    text.append("\"")
    for scalar in string.scalars {
      switch scalar {
      case "\"", "\\": text.scalars.append(contentsOf: ["\\", scalar])
      case "\n": text.append("\\n")
      case "\r": text.append("\\r")
      case "\t": text.append("\\t")
      case "\u{8}": text.append("\\b")
      case "\u{C}": text.append("\\f")
      default:
        if scalar.value < 0x20 || (isASCII && scalar.value > 0x7E) {
          for unit in String(scalar).utf16 { text.append(JSONText.escaped(unit)) }
        } else {
          text.scalars.append(scalar)
        }
      }
    }
    text.append("\"")
  }

  private static func escaped(_ unit: UInt16) -> Text {
    let digits = String(unit, radix: 16)
    return Text("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
  }
}

extension Array {
  /// The elements in ascending order, equal ones as they stood; a merge sort, since order may fail.
  func stablySorted(
    by isLess: (Element, Element) throws(Fault) -> Bool
  ) throws(Fault) -> [Element] {
    guard count > 1 else { return self }
    let left = try Array(self[..<(count / 2)]).stablySorted(by: isLess)
    let right = try Array(self[(count / 2)...]).stablySorted(by: isLess)
    var merged: [Element] = []
    merged.reserveCapacity(count)
    var (leftIndex, rightIndex) = (0, 0)
    while leftIndex < left.count, rightIndex < right.count {
      if try isLess(right[rightIndex], left[leftIndex]) {
        merged.append(right[rightIndex])
        rightIndex += 1
      } else {
        merged.append(left[leftIndex])
        leftIndex += 1
      }
    }
    return merged + left[leftIndex...] + right[rightIndex...]
  }
}
