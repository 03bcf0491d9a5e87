import OrderedCollections
import OrderedJSON

/// Typed, bounded access to the members of a JSON file.
///
/// Every refusal names the key, what was found and what is allowed. A member that is `null` counts as absent, as
/// in the reference implementation.
struct ConfigurationReader {
  let file: String
  private let members: JSON.Object

  init(path: String) throws(ModelError) {
    try self.init(
      try MappedFile.json(at: path),
      file: String(path.split(separator: "/").last ?? "file")
    )
  }

  init(_ json: JSON, file: String) throws(ModelError) {
    guard let members = json.objectValue else {
      throw .invalidValue(
        file: file,
        key: "the whole file",
        found: json.kind,
        allowed: "an object"
      )
    }
    self.file = file
    self.members = members
  }

  /// The member `key`, or nil if it is absent or null.
  subscript(key: String) -> JSON? {
    members[key].flatMap { $0.isNull ? nil : $0 }
  }

  /// Whether the member is present and null, where that means something else than its absence.
  func isNull(_ key: String) -> Bool { members[key]?.isNull ?? false }

  func integer(
    _ key: String,
    in range: ClosedRange<Int>,
    default fallback: Int? = nil
  ) throws(ModelError) -> Int {
    if self[key] == nil, let fallback { return fallback }
    guard let value = self[key]?.integerValue, range.contains(value) else {
      throw invalid(
        key,
        self[key],
        allowed: "an integer in \(range.lowerBound)...\(range.upperBound)"
      )
    }
    return value
  }

  func number(
    _ key: String,
    in range: ClosedRange<Double>,
    default fallback: Double? = nil
  ) throws(ModelError) -> Double {
    if self[key] == nil, let fallback { return fallback }
    guard let value = self[key]?.doubleValue, range.contains(value) else {
      throw invalid(
        key,
        self[key],
        allowed: "a number in \(range.lowerBound)...\(range.upperBound)"
      )
    }
    return value
  }

  func bool(_ key: String, default fallback: Bool) throws(ModelError) -> Bool {
    guard let value = self[key] else { return fallback }
    guard let bool = value.boolValue else { throw invalid(key, value, allowed: "true or false") }
    return bool
  }

  func object(_ key: String) throws(ModelError) -> JSON.Object {
    guard let value = self[key]?.objectValue else {
      throw invalid(key, self[key], allowed: "an object")
    }
    return value
  }

  /// Token ids below `limit`, given as one integer or a list of them; nil if the key is absent.
  func tokenIDs(_ key: String, below limit: Int) throws(ModelError) -> [Int32]? {
    guard let value = self[key] else { return nil }
    let elements = value.arrayValue ?? [value]
    let ids = elements.compactMap { $0.integerValue.flatMap(Int32.init(exactly:)) }
    guard ids.count == elements.count, ids.allSatisfy({ (0..<limit).contains(Int($0)) })
    else {
      throw invalid(key, value, allowed: "a token id or a list of them, each below \(limit)")
    }
    return ids
  }

  func invalid(_ key: String, _ value: JSON?, allowed: String) -> ModelError {
    let text = value.map { String($0.text.prefix(80)) } ?? "absent"
    return .invalidValue(file: file, key: key, found: text, allowed: allowed)
  }
}
