import OrderedCollections
import OrderedJSON

/// A value inside tokenizer.json together with the path that errors name.
struct TokenizerField {
  let value: JSON
  let path: String

  init(root: JSON) {
    value = root
    path = ""
  }

  private init(value: JSON, path: String) {
    self.value = value
    self.path = path
  }

  /// The member `key`, or nil if it is absent or null.
  func optional(_ key: String) -> TokenizerField? {
    guard let member = value[key], !member.isNull else { return nil }
    return TokenizerField(value: member, path: path(to: key))
  }

  /// The member `key`.
  func required(_ key: String) throws(TokenizerError) -> TokenizerField {
    guard let field = optional(key) else { throw .missing(key: path(to: key)) }
    return field
  }

  /// Refuses this object if it has a member that is not in `keys`.
  func allowOnly(_ keys: Set<String>) throws(TokenizerError) {
    guard case .object(let members) = value else { throw wrongType("an object") }
    for key in members.keys where !keys.contains(key) {
      throw .unknownKey(key: path(to: key))
    }
  }

  /// The value of the member `type`, which every component has.
  func type() throws(TokenizerError) -> String {
    guard case .object = value else { throw wrongType("an object") }
    return try required("type").string()
  }

  func string() throws(TokenizerError) -> String {
    guard let string = value.stringValue else { throw wrongType("a string") }
    return string
  }

  func bool() throws(TokenizerError) -> Bool {
    guard let bool = value.boolValue else { throw wrongType("a boolean") }
    return bool
  }

  /// A count or id: an integer from zero to `Int32.max`.
  func count() throws(TokenizerError) -> Int {
    guard let integer = value.integerValue else { throw wrongType("an integer") }
    guard integer >= 0, integer <= Int32.max else {
      throw .invalid(key: path, reason: "is \(integer), outside 0…\(Int32.max)")
    }
    return integer
  }

  /// A string of exactly one Unicode scalar.
  func scalar() throws(TokenizerError) -> Unicode.Scalar {
    let scalars = try string().unicodeScalars
    guard let scalar = scalars.first, scalars.count == 1 else {
      throw .invalid(key: path, reason: "must be a single character")
    }
    return scalar
  }

  func array() throws(TokenizerError) -> [TokenizerField] {
    guard case .array(let elements) = value else { throw wrongType("an array") }
    return elements.enumerated().map { TokenizerField(value: $1, path: "\(path)[\($0)]") }
  }

  /// The boolean member `key`, or `defaultValue` if it is absent or null.
  func bool(_ key: String, default defaultValue: Bool) throws(TokenizerError) -> Bool {
    try optional(key)?.bool() ?? defaultValue
  }

  func wrongType(_ expected: String) -> TokenizerError {
    .wrongType(key: path.isEmpty ? "the document" : path, expected: expected, found: value.kind)
  }

  func unsupported(_ value: String) -> TokenizerError {
    .unsupported(key: path, value: "'\(value)'")
  }

  private func path(to key: String) -> String {
    path.isEmpty ? key : "\(path).\(key)"
  }
}

extension TokenizerField {
  /// A pattern written as `{"String": …}` or `{"Regex": …}`.
  func pattern() throws(TokenizerError) -> Pattern {
    try allowOnly(["String", "Regex"])
    do {
      if let literal = optional("String") { return try Pattern(literal: literal.string()) }
      return try Pattern(try required("Regex").string())
    } catch let error as PatternSyntaxError {
      throw .pattern(key: path, error: error)
    } catch let error as TokenizerError {
      throw error
    } catch {
      throw .invalid(key: path, reason: "cannot be read: \(error)")
    }
  }
}
