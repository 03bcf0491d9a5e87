import OrderedJSON

/// The members of a request body, read one by one; whatever is never read is unknown.
///
/// `null` counts as absent, as clients in other languages send it for what their users left out. Every error
/// names the field, says what is allowed and what was found.
struct RequestFields {
  let object: JSON.Object
  private(set) var readNames: Set<String> = []

  init(_ body: JSON) throws(APIFault) {
    guard let object = body.objectValue else { throw .notAnObject(found: body.kind) }
    self.object = object
  }

  /// Members that no reader asked for, in the order in which the client wrote them.
  var unknownNames: [String] { object.keys.filter { !readNames.contains($0) } }

  /// The member named `name`, or nil if it is absent or null.
  mutating func value(_ name: String) -> JSON? {
    readNames.insert(name)
    guard let value = object[name], !value.isNull else { return nil }
    return value
  }

  mutating func bool(_ name: String) throws(APIFault) -> Bool? {
    guard let value = value(name) else { return nil }
    guard let bool = value.boolValue else {
      throw .wrongKind(name, expected: "a boolean", found: value)
    }
    return bool
  }

  mutating func string(_ name: String) throws(APIFault) -> String? {
    guard let value = value(name) else { return nil }
    guard let string = value.stringValue else {
      throw .wrongKind(name, expected: "a string", found: value)
    }
    return string
  }

  mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(APIFault) -> Int? {
    guard let value = value(name) else { return nil }
    guard let integer = value.integerValue else {
      throw .wrongKind(name, expected: "an integer", found: value)
    }
    guard range.contains(integer) else {
      throw .invalidField(name, problem: "must be \(describe(range)), but is \(integer)")
    }
    return integer
  }

  mutating func number(
    _ name: String,
    in range: ClosedRange<Double>,
    excludingZero: Bool = false
  ) throws(APIFault) -> Double? {
    guard let value = value(name) else { return nil }
    guard let number = value.doubleValue else {
      throw .wrongKind(name, expected: "a number", found: value)
    }
    guard range.contains(number), number != 0 || !excludingZero else {
      let lower = excludingZero ? "greater than 0" : "at least \(range.lowerBound)"
      let upper = range.upperBound.isFinite ? " and at most \(range.upperBound)" : ""
      throw .invalidField(name, problem: "must be \(lower)\(upper), but is \(number)")
    }
    return number
  }

  mutating func object(_ name: String) throws(APIFault) -> JSON.Object? {
    guard let value = value(name) else { return nil }
    guard let object = value.objectValue else {
      throw .wrongKind(name, expected: "an object", found: value)
    }
    return object
  }

  mutating func array(_ name: String) throws(APIFault) -> [JSON]? {
    guard let value = value(name) else { return nil }
    guard let array = value.arrayValue else {
      throw .wrongKind(name, expected: "an array", found: value)
    }
    return array
  }

  /// Throws if `name` is there with a value that asks for something, as this server cannot do it.
  mutating func refuse(
    _ name: String,
    unless isHarmless: (JSON) -> Bool = { _ in false }
  ) throws(APIFault) {
    guard let value = value(name), !isHarmless(value) else { return }
    throw .unsupportedField(name, reason: "is not supported by this server")
  }

  /// Marks members that mean nothing to a server on its own: bookkeeping between a client and OpenAI.
  mutating func ignore(_ names: String...) {
    readNames.formUnion(names)
  }

  private func describe(_ range: ClosedRange<Int>) -> String {
    range.upperBound == .max
      ? "at least \(range.lowerBound)"
      : "between \(range.lowerBound) and \(range.upperBound)"
  }
}

extension APIFault {
  static func wrongKind(_ name: String, expected: String, found: JSON) -> APIFault {
    .invalidField(name, problem: "must be \(expected), but is \(found.kind)")
  }
}
