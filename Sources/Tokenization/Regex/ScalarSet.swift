/// A set of Unicode scalars, as a pattern's character class describes it.
struct ScalarSet: Sendable {
  private(set) var ranges: [ClosedRange<UInt32>] = []
  private var properties: ScalarProperties = []
  private var missingProperties: [ScalarProperties] = []
  private var nested: [ScalarSet] = []
  private var isNegated = false
  private var ignoresCase = false
  /// Membership of U+0000…U+007F, the two words of a bit set; kept in step by every mutation.
  private(set) var ascii = ASCIISet()

  init() {}

  init(_ scalar: Unicode.Scalar, ignoringCase: Bool = false) {
    ranges = [scalar.value...scalar.value]
    ignoresCase = ignoringCase
    refreshASCII()
  }

  /// Adds every scalar of a range.
  mutating func insert(_ range: ClosedRange<UInt32>) {
    ranges.append(range)
    refreshASCII()
  }

  /// Adds every scalar that has one of the properties or, if `negated`, that has none of them.
  mutating func insert(_ property: ScalarProperties, negated: Bool = false) {
    if negated { missingProperties.append(property) } else { properties.formUnion(property) }
    refreshASCII()
  }

  /// Adds every member of another set.
  mutating func insert(_ other: ScalarSet) {
    nested.append(other)
    refreshASCII()
  }

  /// Turns the set into its complement.
  mutating func negate() {
    isNegated.toggle()
    refreshASCII()
  }

  /// Makes the set accept a scalar if its upper or lower case is a member.
  mutating func ignoreCase() {
    ignoresCase = true
    refreshASCII()
  }

  /// Whether a scalar, given by its value, is a member.
  func contains(_ value: UInt32) -> Bool {
    value < 0x80 ? ascii.contains(UInt8(value)) : evaluate(value)
  }

  private func evaluate(_ value: UInt32) -> Bool {
    var isMember = listed(value)
    if !isMember, ignoresCase {
      isMember = CaseFolding.variants(of: value).contains { listed($0) }
    }
    return isMember != isNegated
  }

  private func listed(_ value: UInt32) -> Bool {
    for range in ranges where range.contains(value) { return true }
    if !properties.isEmpty || !missingProperties.isEmpty {
      let own = ScalarProperties(value: value)
      if !own.isDisjoint(with: properties) { return true }
      for missing in missingProperties where own.isDisjoint(with: missing) { return true }
    }
    for set in nested where set.contains(value) { return true }
    return false
  }

  private mutating func refreshASCII() {
    ascii = ASCIISet()
    for byte in 0..<0x80 as Range<UInt8> where evaluate(UInt32(byte)) { ascii.insert(byte) }
  }
}

/// A bit set over the 128 ASCII bytes.
struct ASCIISet: Hashable, Sendable {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  static let all: ASCIISet = {
    var set = ASCIISet()
    set.low = .max
    set.high = .max
    return set
  }()

  func contains(_ byte: UInt8) -> Bool {
    let word = byte < 64 ? low : high
    return word &>> UInt64(byte & 63) & 1 == 1
  }

  mutating func insert(_ byte: UInt8) {
    if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte & 63) }
  }

  mutating func formUnion(_ other: ASCIISet) {
    low |= other.low
    high |= other.high
  }
}

/// Simple case folding, one scalar to one scalar.
///
/// Oniguruma also folds one scalar to several ("ß" to "ss"). That is left out: no published pattern
/// has such a sequence under `(?i:…)`.
enum CaseFolding {
  /// Scalars that may differ from `value` only in case, itself among them.
  static func variants(of value: UInt32) -> [UInt32] {
    guard let scalar = Unicode.Scalar(value) else { return [] }
    let lower = lowercased(uppercased(scalar))
    return [scalar, uppercased(scalar), lowercased(scalar), lower, uppercased(lower)].map(\.value)
      + (extra[lower.value] ?? [])
  }

  /// Scalars whose lower case is an ASCII letter or "å" but which are not its upper case.
  private static let extra: [UInt32: [UInt32]] = [0x73: [0x17F], 0x6B: [0x212A], 0xE5: [0x212B]]

  private static func uppercased(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    single(scalar.properties.uppercaseMapping) ?? scalar
  }

  private static func lowercased(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    single(scalar.properties.lowercaseMapping) ?? scalar
  }

  private static func single(_ mapping: String) -> Unicode.Scalar? {
    let scalars = mapping.unicodeScalars
    return scalars.count == 1 ? scalars.first : nil
  }
}
