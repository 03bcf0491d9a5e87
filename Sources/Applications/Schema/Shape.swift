/// What a value in the document may be; one description, from which it is checked and the JSON Schema is made.
indirect enum Shape: Sendable {
  case text(TextRule)
  case integer(ClosedRange<Int>)
  case number(NumberRule)
  case quantity(QuantityRule)
  /// One of these words.
  case choice([String])
  case list(of: Shape, minimumCount: Int)
  /// A map from any key to a text.
  case texts
  /// A map with the keys of the definition that has this name.
  case object(String)
  /// One of several definitions, told apart by the first of its keys that is there.
  case variant([String])
}

/// A map with known keys.
struct ObjectShape: Sendable {
  let name: String
  let meaning: String
  let properties: [Property]
  /// Of these keys at most one may be there.
  var exclusive: [String] = []
  /// Whether keys that are not described are let through, as in metadata that Kubernetes fills in.
  var isOpen = false

  struct Property: Sendable {
    let key: String
    let shape: Shape
    let isRequired: Bool
    let meaning: String

    static func required(_ key: String, _ shape: Shape, _ meaning: String) -> Property {
      Property(key: key, shape: shape, isRequired: true, meaning: meaning)
    }

    static func optional(_ key: String, _ shape: Shape, _ meaning: String) -> Property {
      Property(key: key, shape: shape, isRequired: false, meaning: meaning)
    }
  }

  subscript(key: String) -> Property? { properties.first { $0.key == key } }
}

/// Which texts are accepted.
enum TextRule: String, Sendable, CaseIterable {
  /// A DNS label, as Kubernetes wants names.
  case label
  /// One line that is not empty.
  case line
  /// Anything, also nothing.
  case any

  var pattern: String? {
    switch self {
    case .label: "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
    case .line: "^[^\\n\\r]{1,253}$"
    case .any: nil
    }
  }

  var expectation: String {
    switch self {
    case .label: "up to 63 of a-z, 0-9 and \"-\", such as \"cart-db\""
    case .line: "one line of text"
    case .any: "a text"
    }
  }

  func accepts(_ text: String) -> Bool {
    switch self {
    case .label:
      let isPlain = text.utf8.allSatisfy { byte in
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
      }
      return isPlain && (1...63).contains(text.utf8.count) && !text.hasPrefix("-")
        && !text.hasSuffix("-")
    case .line:
      return (1...253).contains(text.unicodeScalars.count)
        && !text.unicodeScalars.contains { $0 == "\n" || $0 == "\r" }
    case .any: return true
    }
  }
}

/// Which numbers are accepted.
struct NumberRule: Sendable {
  var minimum = 0.0
  var isMinimumExcluded = false
  var maximum: Double?
  var isMaximumExcluded = false

  static let share = NumberRule(maximum: 1)
  static let quantile = NumberRule(isMinimumExcluded: true, maximum: 1, isMaximumExcluded: true)
  static let positive = NumberRule(isMinimumExcluded: true)
  static let nonNegative = NumberRule()

  func accepts(_ value: Double) -> Bool {
    guard value.isFinite, isMinimumExcluded ? value > minimum : value >= minimum else {
      return false
    }
    return maximum.map { isMaximumExcluded ? value < $0 : value <= $0 } ?? true
  }

  var expectation: String {
    let lower = isMinimumExcluded ? "above \(minimum.plain)" : "at least \(minimum.plain)"
    guard let maximum else { return "a number, \(lower)" }
    return "a number, \(lower) and \(isMaximumExcluded ? "below" : "at most") \(maximum.plain)"
  }
}

/// Amounts with a unit.
enum QuantityRule: String, Sendable, CaseIterable {
  case cpu, memory, duration

  /// Every text that is accepted matches; a few that match are still out of range.
  var pattern: String {
    switch self {
    case .cpu: "^[0-9]+(\\.[0-9]+)?m?$"
    case .memory: "^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$"
    case .duration: "^([0-9]+(\\.[0-9]+)?(us|ms|s|m|h))+$"
    }
  }

  /// Whether a bare number is accepted too, as in Kubernetes.
  var allowsNumber: Bool { self != .duration }

  var expectation: String {
    switch self {
    case .cpu: "a CPU quantity such as 250m or 0.5"
    case .memory: "a memory quantity such as 64Mi or 1.5Gi"
    case .duration: "a duration such as 500ms, 2s or 1m30s"
    }
  }

  func accepts(_ text: String) -> Bool {
    switch self {
    case .cpu: Millicores(quantity: text) != nil
    case .memory: ByteCount(quantity: text) != nil
    case .duration: Duration(quantity: text) != nil
    }
  }
}

extension Double {
  /// Without a fraction that is zero: 1, 0.5.
  var plain: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
