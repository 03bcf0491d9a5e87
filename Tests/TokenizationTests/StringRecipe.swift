import OrderedJSON
import Randomness
import Testing

extension SplitMix64 {
  /// A number from zero up to `count`, as `tools/goldens/make_tokenizers.py` draws it.
  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
}

/// Makes the strings that the golden files were recorded on; twin of `make_string` in the script.
struct StringRecipe {
  private let ranges: [ClosedRange<UInt32>]
  private let snippets: [[Unicode.Scalar]]
  private let whitespace: [[Unicode.Scalar]]
  private let digits: [[Unicode.Scalar]]
  private let added: [[Unicode.Scalar]]

  init(_ json: JSON) throws {
    func texts(_ key: String) throws -> [[Unicode.Scalar]] {
      try #require(json[key]?.arrayValue).map { Array(($0.stringValue ?? "").unicodeScalars) }
    }
    ranges = try #require(json["ranges"]?.arrayValue).map { pair in
      let low = try #require(pair[0]?.integerValue)
      return UInt32(low)...UInt32(try #require(pair[1]?.integerValue))
    }
    snippets = try texts("snippets")
    whitespace = try texts("whitespace")
    digits = try texts("digits")
    added = try texts("added")
  }

  func next(using generator: inout SplitMix64) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<generator.below(9) { appendSegment(to: &text, using: &generator) }
    return String(text)
  }

  private func appendSegment(
    to text: inout String.UnicodeScalarView,
    using generator: inout SplitMix64
  ) {
    switch generator.below(12) {
    case 0...2: text.append(contentsOf: choice(snippets, &generator))
    case 3: for _ in 0..<1 + generator.below(8) { text.append(scalar(&generator)) }
    case 4:
      let range = ranges[generator.below(ranges.count)]
      for _ in 0..<1 + generator.below(12) { text.append(scalar(in: range, &generator)) }
    case 5:
      let repeated = scalar(&generator)
      for _ in 0..<1 + generator.below(40) { text.append(repeated) }
    case 6...7:
      for _ in 0..<1 + generator.below(6) {
        text.append(contentsOf: choice(whitespace, &generator))
      }
    case 8:
      for _ in 0..<1 + generator.below(20) {
        text.append(Unicode.Scalar(UInt8(0x20 + generator.below(95))))
      }
    case 9:
      for _ in 0..<1 + generator.below(7) { text.append(contentsOf: choice(digits, &generator)) }
    case 10: text.append(contentsOf: choice(added, &generator))
    default: text.append(" ")
    }
  }

  private func choice(
    _ list: [[Unicode.Scalar]],
    _ generator: inout SplitMix64
  ) -> [Unicode.Scalar] {
    list[generator.below(list.count)]
  }

  private func scalar(_ generator: inout SplitMix64) -> Unicode.Scalar {
    scalar(in: ranges[generator.below(ranges.count)], &generator)
  }

  private func scalar(
    in range: ClosedRange<UInt32>,
    _ generator: inout SplitMix64
  ) -> Unicode.Scalar {
    let value = range.lowerBound + UInt32(generator.below(range.count))
    return Unicode.Scalar(value) ?? "\u{FFFD}"
  }
}
