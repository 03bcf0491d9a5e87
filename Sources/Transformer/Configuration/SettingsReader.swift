import OrderedJSON

/// Typed access to a configuration's keys; every error names the key, what was found, and what is allowed.
struct SettingsReader {
  let settings: JSON

  /// The value under `key`; null counts as absent, as writers of these files mean it.
  func value(_ key: String) -> JSON? {
    settings[key].flatMap { $0.isNull ? nil : $0 }
  }

  func integer(
    _ key: String,
    in range: ClosedRange<Int>,
    default fallback: Int? = nil
  ) throws(ModelError) -> Int {
    guard let found = try optionalInteger(key, in: range) ?? fallback else {
      throw fault(key, nil, "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return found
  }

  func optionalInteger(_ key: String, in range: ClosedRange<Int>) throws(ModelError) -> Int? {
    guard let found = value(key) else { return nil }
    guard let integer = found.integerValue, range.contains(integer) else {
      throw fault(key, found, "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return integer
  }

  /// A finite number above zero.
  func positiveNumber(_ key: String, default fallback: Double? = nil) throws(ModelError) -> Double {
    guard let found = try optionalPositiveNumber(key) ?? fallback else {
      throw fault(key, nil, "a number above zero")
    }
    return found
  }

  func optionalPositiveNumber(_ key: String) throws(ModelError) -> Double? {
    guard let found = value(key) else { return nil }
    guard let number = found.doubleValue, number > 0, number.isFinite else {
      throw fault(key, found, "a number above zero")
    }
    return number
  }

  func flag(_ key: String, default fallback: Bool) throws(ModelError) -> Bool {
    guard let found = value(key) else { return fallback }
    guard let flag = found.boolValue else { throw fault(key, found, "true or false") }
    return flag
  }

  func optionalString(_ key: String) throws(ModelError) -> String? {
    guard let found = value(key) else { return nil }
    guard let string = found.stringValue else { throw fault(key, found, "a string") }
    return string
  }

  /// One integer or a list of them, as `eos_token_id` is written; absent gives an empty list.
  func integers(_ key: String, in range: ClosedRange<Int>) throws(ModelError) -> [Int] {
    guard let found = value(key) else { return [] }
    let elements = found.arrayValue ?? [found]
    var integers: [Int] = []
    for element in elements {
      guard let integer = element.integerValue, range.contains(integer) else {
        throw fault(key, element, "integers from \(range.lowerBound) to \(range.upperBound)")
      }
      integers.append(integer)
    }
    return integers
  }

  func object(_ key: String) throws(ModelError) -> SettingsReader? {
    guard let found = value(key) else { return nil }
    guard found.objectValue != nil else { throw fault(key, found, "an object") }
    return SettingsReader(settings: found)
  }

  func fault(_ key: String, _ found: JSON?, _ allowed: String) -> ModelError {
    let shown = found.map { value in
      value.objectValue != nil || value.arrayValue != nil
        ? value.kind : String(value.text.prefix(60))
    }
    return .invalidSetting(key: key, found: shown ?? "missing", allowed: allowed)
  }
}
