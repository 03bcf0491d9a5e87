import OrderedCollections

/// The evaluated arguments of a call, a filter or a test.
struct Arguments {
  var positional: [Value] = []
  var named: OrderedDictionary<Value, Value> = [:]

  /// The arguments in the order of `names`, nil where none was given.
  ///
  /// - Throws: a failure for one too many, an unknown name, or a name given twice.
  func bound(to names: [String]) throws(Fault) -> [Value?] {
    guard positional.count <= names.count else {
      throw .failure("takes at most \(names.count) arguments, but \(positional.count) were given")
    }
    var values: [Value?] = positional + Array(repeating: nil, count: names.count - positional.count)
    for (name, value) in named {
      guard let index = names.firstIndex(where: { .string($0) == name }) else {
        throw .failure("unexpected keyword argument \(String(try name.represented()))")
      }
      guard values[index] == nil else { throw .failure("two values for '\(names[index])'") }
      values[index] = value
    }
    return values
  }

  /// Fails unless there are no arguments.
  func requireNone() throws(Fault) { _ = try bound(to: []) }
}

extension Value {
  /// This value as a string argument.
  func requireText() throws(Fault) -> Text {
    guard case .string(let text) = self else {
      throw .failure("a string is expected, not '\(typeName)'")
    }
    return text
  }

  /// This value as an integer argument.
  func requireInteger() throws(Fault) -> Int {
    guard let integer = integerValue else {
      throw .failure("an integer is expected, not '\(typeName)'")
    }
    return integer
  }
}
