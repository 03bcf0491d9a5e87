import Foundation

/// One step that rewrites text before it is cut into pieces.
enum Normalizer: Sendable {
  case prepend([UInt8])
  case replace(Pattern, with: [UInt8])
  case lowercase
  case strip(left: Bool, right: Bool)
  case stripAccents
  case unicode(Form)

  /// The four normalisation forms of Unicode (UAX 15).
  enum Form: String, Sendable {
    case nfc = "NFC"
    case nfd = "NFD"
    case nfkc = "NFKC"
    case nfkd = "NFKD"
  }

  func apply(to text: [UInt8]) -> [UInt8] {
    switch self {
    case .prepend(let prefix): text.isEmpty ? text : prefix + text
    case .replace(let pattern, let replacement): pattern.replace(in: text, with: replacement)
    case .lowercase: mapScalars(text) { $0.properties.lowercaseMapping }
    case .strip(let left, let right): strip(text, left: left, right: right)
    case .stripAccents:
      mapScalars(text) { ScalarProperties(of: $0).isDisjoint(with: .mark) ? String($0) : "" }
    case .unicode(let form): form.apply(to: text)
    }
  }

  private func mapScalars(_ text: [UInt8], _ transform: (Unicode.Scalar) -> String) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(text.count)
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      output.append(contentsOf: transform(scalar).utf8)
    }
    return output
  }

  private func strip(_ text: [UInt8], left: Bool, right: Bool) -> [UInt8] {
    let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
    var rest = scalars[...]
    if left { rest = rest.drop { $0.properties.isWhitespace } }
    if right {
      while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
    }
    return Array(String(rest).utf8)
  }
}

extension Normalizer.Form {
  /// The text in this form.
  ///
  /// Foundation brings the tables: 8 ms at start and 10 MB of memory that processes share. Text
  /// below U+0300 is in form C already, and ASCII in all of them; only other text pays for
  /// Foundation's normaliser (the standard library has none that is public). Foundation 6.3 leaves
  /// marks out of order where a character decomposes into marks alone (U+0F73 behind U+0364);
  /// decomposing first puts them right.
  func apply(to text: [UInt8]) -> [UInt8] {
    let firstAffected: UInt8 = self == .nfc ? 0xCC : 0x80
    guard text.contains(where: { $0 >= firstAffected }) else { return text }
    let string = String(decoding: text, as: UTF8.self)
    let normalized =
      switch self {
      case .nfc: string.decomposedStringWithCanonicalMapping.precomposedStringWithCanonicalMapping
      case .nfd: string.decomposedStringWithCanonicalMapping.decomposedStringWithCanonicalMapping
      case .nfkc:
        string.decomposedStringWithCompatibilityMapping.precomposedStringWithCanonicalMapping
      case .nfkd:
        string.decomposedStringWithCompatibilityMapping.decomposedStringWithCanonicalMapping
      }
    return Array(normalized.utf8)
  }
}

extension Pattern {
  /// The text with every match replaced.
  func replace(in text: [UInt8], with replacement: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(text.count)
    var end = 0
    forEachMatch(in: text, 0..<text.count) { match in
      output.append(contentsOf: text[end..<match.lowerBound])
      output.append(contentsOf: replacement)
      end = match.upperBound
    }
    output.append(contentsOf: text[end...])
    return output
  }
}

extension Normalizer {
  /// The steps of a tokenizer.json `normalizer`.
  static func steps(_ field: TokenizerField) throws(TokenizerError) -> [Normalizer] {
    let type = try field.type()
    if let form = Form(rawValue: type) {
      try field.allowOnly(["type"])
      return [.unicode(form)]
    }
    switch type {
    case "Sequence":
      try field.allowOnly(["type", "normalizers"])
      var steps: [Normalizer] = []
      for part in try field.required("normalizers").array() {
        steps.append(contentsOf: try Self.steps(part))
      }
      return steps
    case "Prepend":
      try field.allowOnly(["type", "prepend"])
      return [.prepend(Array(try field.required("prepend").string().utf8))]
    case "Replace":
      try field.allowOnly(["type", "pattern", "content"])
      let content = Array(try field.required("content").string().utf8)
      return [.replace(try field.required("pattern").pattern(), with: content)]
    case "Lowercase":
      try field.allowOnly(["type"])
      return [.lowercase]
    case "StripAccents":
      try field.allowOnly(["type"])
      return [.stripAccents]
    case "Strip":
      try field.allowOnly(["type", "strip_left", "strip_right"])
      let left = try field.required("strip_left").bool()
      return [.strip(left: left, right: try field.required("strip_right").bool())]
    default: throw field.unsupported(type)
    }
  }
}
