/// Python's `str`: code points with constant-time indexing, compared without Unicode normalisation.
///
/// Swift's `String` counts grapheme clusters and takes canonically equivalent strings for equal, so it would
/// slice and compare differently from the templates' reference implementation.
struct Text: Hashable, Sendable, ExpressibleByStringLiteral {
  var scalars: [Unicode.Scalar]

  init(_ scalars: some Sequence<Unicode.Scalar> = []) { self.scalars = Array(scalars) }
  init(_ string: String) { scalars = Array(string.unicodeScalars) }
  init(stringLiteral value: String) { self.init(value) }

  var count: Int { scalars.count }
  var isEmpty: Bool { scalars.isEmpty }

  mutating func append(_ other: Text) { scalars.append(contentsOf: other.scalars) }
  static func + (left: Text, right: Text) -> Text { Text(left.scalars + right.scalars) }
  static func < (left: Text, right: Text) -> Bool {
    left.scalars.lexicographicallyPrecedes(right.scalars)
  }
}

extension String {
  init(_ text: Text) {
    self.init(String.UnicodeScalarView(text.scalars))
  }
}

extension Unicode.Scalar {
  /// `str.isspace` of one character; the same set as `\s` of Python's regular expressions.
  var isPythonSpace: Bool {
    switch value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F,
      0x205F, 0x3000:
      true
    default: false
    }
  }

  /// The boundaries at which `str.splitlines` splits.
  var isLineBoundary: Bool {
    switch value {
    case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  /// Whether `repr` shows this character as it is.
  var isPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    case .spaceSeparator: self == " "
    default: true
    }
  }
}

extension Text {
  /// The position of `needle` in `range`, or nil.
  ///
  /// - Complexity: linear in both lengths (Knuth, Morris and Pratt 1977), also for hostile texts.
  func firstIndex(of needle: Text, in range: Range<Int>) -> Int? {
    guard needle.count <= range.count else { return nil }
    guard let last = needle.scalars.last else { return range.lowerBound }
    if needle.count == 1 { return scalars[range].firstIndex(of: last) }
    let borders = needle.borderLengths
    var matched = 0
    for index in range {
      while matched > 0, scalars[index] != needle.scalars[matched] {
        matched = borders[matched - 1]
      }
      if scalars[index] == needle.scalars[matched] { matched += 1 }
      if matched == needle.count { return index - matched + 1 }
    }
    return nil
  }

  /// For each prefix, how long its longest proper prefix is that is also its suffix.
  private var borderLengths: [Int] {
    var lengths = Array(repeating: 0, count: count)
    var length = 0
    for index in scalars.indices.dropFirst() {
      while length > 0, scalars[index] != scalars[length] { length = lengths[length - 1] }
      if scalars[index] == scalars[length] { length += 1 }
      lengths[index] = length
    }
    return lengths
  }

  func firstIndex(of needle: Text, from start: Int = 0) -> Int? {
    start > count ? nil : firstIndex(of: needle, in: start..<count)
  }

  /// The last position of `needle` in `range`, or nil.
  func lastIndex(of needle: Text, in range: Range<Int>) -> Int? {
    let reversed = Text(scalars[range].reversed())
    let position = reversed.firstIndex(of: Text(needle.scalars.reversed()))
    return position.map { range.upperBound - $0 - needle.count }
  }

  func hasText(_ other: Text, at index: Int) -> Bool {
    guard index >= 0, index + other.count <= count else { return false }
    for offset in 0..<other.count where scalars[index + offset] != other.scalars[offset] {
      return false
    }
    return true
  }

  func hasPrefix(_ prefix: Text) -> Bool { hasText(prefix, at: 0) }
  func hasSuffix(_ suffix: Text) -> Bool { hasText(suffix, at: count - suffix.count) }

  func trimmed(
    leading: Bool = true,
    trailing: Bool = true,
    where isTrimmed: (Unicode.Scalar) -> Bool = { $0.isPythonSpace }
  ) -> Text {
    var slice = scalars[...]
    if leading { slice = slice.drop(while: isTrimmed) }
    if trailing {
      while let last = slice.last, isTrimmed(last) { slice.removeLast() }
    }
    return Text(slice)
  }

  /// `replace`: at most `limit` occurrences from the left, all when nil.
  func replacing(_ old: Text, with new: Text, limit: Int? = nil) -> Text {
    var result = Text()
    var index = 0
    var replacedCount = 0
    while index <= count, limit.map({ replacedCount < $0 }) ?? true,
      let match = firstIndex(of: old, from: index)
    {
      result.scalars.append(contentsOf: scalars[index..<match])
      result.append(new)
      replacedCount += 1
      index = match + old.count
      if old.isEmpty {
        if index < count { result.scalars.append(scalars[index]) }
        index += 1
      }
    }
    if index < count { result.scalars.append(contentsOf: scalars[index...]) }
    return result
  }

  var lines: [Text] {
    var lines: [Text] = []
    var start = 0
    var index = 0
    while index < count {
      guard scalars[index].isLineBoundary else {
        index += 1
        continue
      }
      lines.append(Text(scalars[start..<index]))
      let isPair = scalars[index] == "\r" && index + 1 < count && scalars[index + 1] == "\n"
      index += isPair ? 2 : 1
      start = index
    }
    if start < count { lines.append(Text(scalars[start...])) }
    return lines
  }

  func uppercased() -> Text {
    Text(scalars.flatMap { $0.properties.uppercaseMapping.unicodeScalars })
  }

  /// Lower case by scalar, but a sigma that ends a word becomes ς (Unicode's `Final_Sigma`).
  func lowercased() -> Text {
    var result = Text()
    for (index, scalar) in scalars.enumerated() {
      if scalar == "Σ", endsWord(at: index) {
        result.scalars.append("ς")
      } else {
        result.scalars.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return result
  }

  private func endsWord(at index: Int) -> Bool {
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    return before?.properties.isCased == true && after?.properties.isCased != true
  }

  /// First character in title case, the rest in lower case.
  func capitalized() -> Text {
    guard let first = scalars.first else { return self }
    let rest = lowercased().scalars.dropFirst(
      first.properties.lowercaseMapping.unicodeScalars.count
    )
    return Text(Array(first.properties.titlecaseMapping.unicodeScalars) + rest)
  }

  /// `str.title`: every run of cased characters capitalised.
  func titlecased() -> Text {
    var result = Text()
    var isInsideWord = false
    for scalar in scalars {
      let properties = scalar.properties
      let mapping = isInsideWord ? properties.lowercaseMapping : properties.titlecaseMapping
      result.scalars.append(contentsOf: mapping.unicodeScalars)
      isInsideWord = properties.isCased
    }
    return result
  }
}
