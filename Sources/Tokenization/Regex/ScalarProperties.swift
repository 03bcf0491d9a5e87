/// A set of Unicode properties: one bit per general category, one for white space and one for word
/// characters.
struct ScalarProperties: OptionSet, Hashable, Sendable {
  let rawValue: UInt32

  static let whitespace = ScalarProperties(rawValue: 1 << 30)
  /// Alphabetic, marks, decimal digits and connector punctuation (UTS 18's `\w` without join
  /// controls).
  static let word = ScalarProperties(rawValue: 1 << 31)

  static let letter: ScalarProperties = [
    .category(.uppercaseLetter), .category(.lowercaseLetter), .category(.titlecaseLetter),
    .category(.modifierLetter), .category(.otherLetter),
  ]
  static let mark: ScalarProperties = [
    .category(.nonspacingMark), .category(.spacingMark), .category(.enclosingMark),
  ]
  static let number: ScalarProperties = [
    .category(.decimalNumber), .category(.letterNumber), .category(.otherNumber),
  ]
  static let punctuation: ScalarProperties = [
    .category(.connectorPunctuation), .category(.dashPunctuation), .category(.openPunctuation),
    .category(.closePunctuation), .category(.initialPunctuation), .category(.finalPunctuation),
    .category(.otherPunctuation),
  ]
  static let symbol: ScalarProperties = [
    .category(.mathSymbol), .category(.currencySymbol), .category(.modifierSymbol),
    .category(.otherSymbol),
  ]
  static let separator: ScalarProperties = [
    .category(.spaceSeparator), .category(.lineSeparator), .category(.paragraphSeparator),
  ]
  static let other: ScalarProperties = [
    .category(.control), .category(.format), .category(.surrogate), .category(.privateUse),
    .category(.unassigned),
  ]

  static func category(_ category: Unicode.GeneralCategory) -> ScalarProperties {
    ScalarProperties(rawValue: 1 << UInt32(index(of: category)))
  }

  /// The property that a pattern names in `\p{…}`, or nil if this module does not know it.
  static func named(_ name: String) -> ScalarProperties? {
    names[name]
  }

  private static let names: [String: ScalarProperties] = [
    "L": letter, "Letter": letter, "M": mark, "Mark": mark, "N": number, "Number": number,
    "P": punctuation, "Punctuation": punctuation, "S": symbol, "Symbol": symbol,
    "Z": separator, "Separator": separator, "C": other, "Other": other,
    "Lu": category(.uppercaseLetter), "Ll": category(.lowercaseLetter),
    "Lt": category(.titlecaseLetter), "Lm": category(.modifierLetter),
    "Lo": category(.otherLetter), "Mn": category(.nonspacingMark), "Mc": category(.spacingMark),
    "Me": category(.enclosingMark), "Nd": category(.decimalNumber),
    "Nl": category(.letterNumber), "No": category(.otherNumber),
    "Pc": category(.connectorPunctuation), "Pd": category(.dashPunctuation),
    "Ps": category(.openPunctuation), "Pe": category(.closePunctuation),
    "Pi": category(.initialPunctuation), "Pf": category(.finalPunctuation),
    "Po": category(.otherPunctuation), "Sm": category(.mathSymbol),
    "Sc": category(.currencySymbol), "Sk": category(.modifierSymbol),
    "So": category(.otherSymbol), "Zs": category(.spaceSeparator),
    "Zl": category(.lineSeparator), "Zp": category(.paragraphSeparator),
    "Cc": category(.control), "Cf": category(.format), "Cs": category(.surrogate),
    "Co": category(.privateUse), "Cn": category(.unassigned),
  ]

  private static func index(of category: Unicode.GeneralCategory) -> UInt8 {
    switch category {
    case .uppercaseLetter: 0
    case .lowercaseLetter: 1
    case .titlecaseLetter: 2
    case .modifierLetter: 3
    case .otherLetter: 4
    case .nonspacingMark: 5
    case .spacingMark: 6
    case .enclosingMark: 7
    case .decimalNumber: 8
    case .letterNumber: 9
    case .otherNumber: 10
    case .connectorPunctuation: 11
    case .dashPunctuation: 12
    case .openPunctuation: 13
    case .closePunctuation: 14
    case .initialPunctuation: 15
    case .finalPunctuation: 16
    case .otherPunctuation: 17
    case .mathSymbol: 18
    case .currencySymbol: 19
    case .modifierSymbol: 20
    case .otherSymbol: 21
    case .spaceSeparator: 22
    case .lineSeparator: 23
    case .paragraphSeparator: 24
    case .control: 25
    case .format: 26
    case .surrogate: 27
    case .privateUse: 28
    case .unassigned: 29
    @unknown default: 29
    }
  }
}

extension ScalarProperties {
  /// The properties of one scalar: exactly one category bit, and the two others as they apply.
  init(of scalar: Unicode.Scalar) {
    self.init(packed: Self.packed(scalar))
  }

  /// The properties of a scalar by its value, from a table for the first two planes.
  init(value: UInt32) {
    if value < UInt32(Self.table.count) {
      self.init(packed: Self.table[Int(value)])
    } else {
      self = Unicode.Scalar(value).map { ScalarProperties(of: $0) } ?? .category(.surrogate)
    }
  }

  /// Category index in bits 0–4, white space in bit 5, word in bit 6.
  private init(packed: UInt8) {
    rawValue = 1 << UInt32(packed & 31) | UInt32(packed >> 5) << 30
  }

  private static func packed(_ scalar: Unicode.Scalar) -> UInt8 {
    let properties = scalar.properties
    let category = index(of: properties.generalCategory)
    let own = ScalarProperties(rawValue: 1 << UInt32(category))
    let wordCategories = mark.union([
      .category(.decimalNumber), .category(.connectorPunctuation),
    ])
    let isWord = properties.isAlphabetic || wordCategories.contains(own)
    return category | (properties.isWhitespace ? 32 : 0) | (isWord ? 64 : 0)
  }

  /// Looking a category up in the standard library costs some 20 ns, this table one load.
  private static let table: [UInt8] = (0..<0x20000).map { value in
    Unicode.Scalar(value as UInt32).map(packed) ?? index(of: .surrogate)
  }
}
