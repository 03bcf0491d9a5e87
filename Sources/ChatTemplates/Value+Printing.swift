import OrderedCollections

/// Python's `str` and `repr`.
extension Value {
  /// What `{{ value }}` prints.
  func printed() throws(Fault) -> Text {
    switch self {
    case .undefined: ""
    case .string(let text): text
    default: try represented()
    }
  }

  /// `repr(value)`, as elements of containers are printed.
  func represented(depth: Int = 0) throws(Fault) -> Text {
    guard depth < 256 else { throw .limit("a value is nested too deeply to print") }
    switch self {
    case .undefined: return "Undefined"
    case .none: return "None"
    case .bool(let value): return value ? "True" : "False"
    case .integer(let value): return Text(String(value))
    case .float(let value): return Text(value.pythonRepresentation)
    case .string(let text): return text.represented
    case .list(let elements): return "[" + (try Value.joined(elements.items, depth: depth)) + "]"
    case .tuple(let elements):
      let isSingle = elements.items.count == 1
      return "(" + (try Value.joined(elements.items, depth: depth)) + (isSingle ? ",)" : ")")
    case .dict(let mapping): return try Value.represented(mapping.members, depth: depth)
    case .view(let name, let elements):
      return Text("dict_\(name)([") + (try Value.joined(elements.items, depth: depth)) + "])"
    case .range(let start, let step, let count):
      let suffix = step == 1 ? "" : ", \(step)"
      return Text("range(\(start), \(start + step * count)\(suffix))")
    case .namespace(let namespace):
      // Namespaces can hold each other in a circle.
      guard depth == 0 else { throw .limit("a namespace inside of another value is printed") }
      return "<Namespace " + (try Value.represented(namespace.attributes, depth: depth)) + ">"
    case .loop(let state): return Text("<LoopContext \(state.index + 1)/\(state.items.count)>")
    case .iterator: return "<generator object>"
    case .function(let function): return Text("<function \(function.name)>")
    }
  }

  private static func joined(_ items: [Value], depth: Int) throws(Fault) -> Text {
    var result = Text()
    for (index, item) in items.enumerated() {
      if index > 0 { result.append(", ") }
      result.append(try item.represented(depth: depth + 1))
    }
    return result
  }

  private static func represented(
    _ members: OrderedDictionary<Value, Value>,
    depth: Int
  ) throws(Fault) -> Text {
    var result: Text = "{"
    for (index, member) in members.enumerated() {
      if index > 0 { result.append(", ") }
      result.append(try member.key.represented(depth: depth + 1))
      result.append(": ")
      result.append(try member.value.represented(depth: depth + 1))
    }
    return result + "}"
  }
}

extension Text {
  /// The text between quotes: single ones, unless only those occur in it.
  var represented: Text {
    let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
    var result = Text([quote])
    for scalar in scalars {
      switch scalar {
      case quote, "\\": result.scalars.append(contentsOf: ["\\", scalar])
      case "\n": result.append("\\n")
      case "\r": result.append("\\r")
      case "\t": result.append("\\t")
      default:
        if scalar.isPrintable {
          result.scalars.append(scalar)
        } else {
          result.append(Text.escaped(scalar))
        }
      }
    }
    result.scalars.append(quote)
    return result
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> Text {
    let (prefix, width) =
      scalar.value < 0x100 ? ("\\x", 2) : scalar.value < 0x10000 ? ("\\u", 4) : ("\\U", 8)
    let digits = String(scalar.value, radix: 16)
    return Text(prefix + String(repeating: "0", count: max(0, width - digits.count)) + digits)
  }
}

extension Double {
  /// `repr(float)`: the shortest digits that read back, with an exponent below 1e-4 and from 1e16.
  var pythonRepresentation: String {
    guard isFinite else { return isNaN ? "nan" : self < 0 ? "-inf" : "inf" }
    guard self != 0 else { return sign == .minus ? "-0.0" : "0.0" }
    let (digits, exponent) = shortestDigits
    let sign = self < 0 ? "-" : ""
    if exponent < -4 || exponent >= 16 {
      let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
      let magnitude = abs(exponent)
      let padding = magnitude < 10 ? "0" : ""
      let mark = exponent < 0 ? "-" : "+"
      return "\(sign)\(digits.prefix(1))\(fraction)e\(mark)\(padding)\(magnitude)"
    }
    if exponent < 0 {
      return "\(sign)0." + String(repeating: "0", count: -exponent - 1) + digits
    }
    let padded = digits + String(repeating: "0", count: max(0, exponent + 2 - digits.count))
    return "\(sign)\(padded.prefix(exponent + 1)).\(padded.dropFirst(exponent + 1))"
  }

  /// The significant digits, and the power of ten of the first one.
  private var shortestDigits: (digits: String, exponent: Int) {
    let parts = magnitude.description.split(separator: "e")
    let mantissa = parts[0].split(separator: ".")
    let whole = mantissa[0]
    let fraction = mantissa.count > 1 && mantissa[1] != "0" ? mantissa[1] : ""
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let all = whole + fraction
    let leadingZeros = all.prefix { $0 == "0" }.count
    var digits = String(all.dropFirst(leadingZeros))
    while digits.count > 1, digits.last == "0" { digits.removeLast() }
    return (digits, exponent + whole.count - 1 - leadingZeros)
  }
}
