import OrderedCollections

/// Python's equality, by which `1`, `1.0` and `true` are one key of a dict.
extension Value: Hashable {
  static func == (left: Value, right: Value) -> Bool {
    switch (left, right) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.string(let left), .string(let right)): return left == right
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      return left.items == right.items
    case (.dict(let left), .dict(let right)):
      return left.members.count == right.members.count
        && left.members.allSatisfy { right[$0.key] == $0.value }
    case (.view(let leftName, let left), .view(let rightName, let right)):
      return leftName == rightName && leftName != "values" && Set(left.items) == Set(right.items)
    case (.range(let start, let step, let count), .range(let start2, let step2, let count2)):
      return count == count2 && (count == 0 || start == start2) && (count < 2 || step == step2)
    case (.iterator(let left), .iterator(let right)): return left === right
    case (.namespace(let left), .namespace(let right)): return left === right
    case (.loop(let left), .loop(let right)): return left === right
    case (.function(let left), .function(let right)): return left === right
    default: return numbersAreEqual(left, right)
    }
  }

  private static func numbersAreEqual(_ left: Value, _ right: Value) -> Bool {
    if let left = left.integerValue, let right = right.integerValue { return left == right }
    guard let leftNumber = left.doubleValue, let rightNumber = right.doubleValue else {
      return false
    }
    if let left = left.integerValue { return Int(exactly: rightNumber) == left }
    if let right = right.integerValue { return Int(exactly: leftNumber) == right }
    return leftNumber == rightNumber
  }

  func hash(into hasher: inout Hasher) {
    switch self {
    case .undefined, .none: hasher.combine(0)
    case .bool, .integer: hasher.combine(integerValue)
    case .float(let value):
      if let integer = Int(exactly: value) {
        hasher.combine(integer)
      } else {
        hasher.combine(value)
      }
    case .string(let text): hasher.combine(text)
    case .list(let elements), .tuple(let elements): hasher.combine(elements.items)
    default: hasher.combine(length)
    }
  }

  /// Whether Python accepts this value as a key.
  var isHashable: Bool {
    switch self {
    case .list, .dict, .view: false
    case .tuple(let elements): elements.items.allSatisfy(\.isHashable)
    default: true
    }
  }

  /// Python's `<`.
  ///
  /// - Throws: a failure for types that have no order between them.
  static func isLess(_ left: Value, _ right: Value, operation: String = "<") throws(Fault) -> Bool {
    if let left = left.integerValue, let right = right.integerValue { return left < right }
    if let left = left.doubleValue, let right = right.doubleValue { return left < right }
    switch (left, right) {
    case (.undefined(let reason), _), (_, .undefined(let reason)): throw .failure(reason)
    case (.string(let left), .string(let right)): return left < right
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      for (left, right) in zip(left.items, right.items) where left != right {
        return try isLess(left, right, operation: operation)
      }
      return left.items.count < right.items.count
    default:
      throw .failure(
        "'\(operation)' not supported between instances of '\(left.typeName)' and '\(right.typeName)'"
      )
    }
  }

  /// Python's `element in self`.
  func contains(_ element: Value) throws(Fault) -> Bool {
    switch self {
    case .string(let text):
      guard case .string(let part) = element else {
        if case .undefined(let reason) = element { throw .failure(reason) }
        throw .failure("'in <string>' requires string as left operand, not \(element.typeName)")
      }
      return text.firstIndex(of: part) != nil
    case .dict(let mapping):
      try element.requireHashable()
      return mapping[element] != nil
    case .undefined, .list, .tuple, .view, .range, .iterator:
      return try elements().contains(element)
    default: throw .failure("argument of type '\(typeName)' is not iterable")
    }
  }

  func requireHashable() throws(Fault) {
    guard isHashable else { throw .failure("unhashable type: '\(typeName)'") }
  }
}
