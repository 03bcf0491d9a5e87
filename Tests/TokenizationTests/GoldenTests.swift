import OrderedJSON
import Randomness
import Testing

@testable import Tokenization

/// Ids and texts equal to those of the `tokenizers` package.
@Suite struct GoldenTests {
  @Test(arguments: Fixture.kinds)
  func `recorded strings give the recorded ids and texts`(kind: String) throws {
    let tokenizer = try Fixture.tokenizer(kind)
    let samples = try #require(try Fixture.json("\(kind).golden")["samples"]?.arrayValue)
    for sample in samples {
      let text = try #require(sample["text"]?.stringValue)
      let ids = tokenizer.encode(text, addSpecialTokens: true)
      #expect(ids == integers(sample["ids"]), "\(text.debugDescription)")
      #expect(tokenizer.encode(text, addSpecialTokens: false) == integers(sample["bare"]))
      let whole = tokenizer.decode(ids, skipSpecialTokens: false)
      #expect(Array(whole.utf8) == sample["whole"]?.stringValue.map { Array($0.utf8) })
      let skipped = tokenizer.decode(ids, skipSpecialTokens: true)
      #expect(Array(skipped.utf8) == sample["skipped"]?.stringValue.map { Array($0.utf8) })
    }
  }

  @Test(arguments: Fixture.kinds)
  func `ten thousand seeded strings have the recorded digests`(kind: String) throws {
    let golden = try Fixture.json("\(kind).golden")
    let tokenizer = try Fixture.tokenizer(kind)
    let recipe = try Fixture.recipe()
    var generator = SplitMix64(seed: UInt64(try #require(golden["seed"]?.integerValue)))
    let digests = Array(try #require(golden["digests"]?.stringValue).utf8)
    var differing: [String] = []
    for index in 0..<(try #require(golden["count"]?.integerValue)) {
      let text = recipe.next(using: &generator)
      let recorded = digests[index * 12..<index * 12 + 12]
      if !digest(of: text, tokenizer).utf8.elementsEqual(recorded) {
        differing.append("\(index): \(text.debugDescription)")
      }
    }
    #expect(differing.isEmpty, "\(differing.count) differ: \(differing.prefix(10))")
  }

  private func integers(_ json: JSON?) -> [Int32]? {
    json?.arrayValue?.map { Int32($0.integerValue ?? -1) }
  }

  /// 48 bits of FNV-1a; twin of `digest` in the script.
  private func digest(of text: String, _ tokenizer: Tokenizer) -> String {
    let ids = tokenizer.encode(text, addSpecialTokens: true)
    var hash = FNV1a()
    hash.append(ids: ids)
    hash.append(ids: tokenizer.encode(text, addSpecialTokens: false))
    hash.append(text: tokenizer.decode(ids, skipSpecialTokens: false))
    hash.append(text: tokenizer.decode(ids, skipSpecialTokens: true))
    let digits = String(hash.value >> 16, radix: 16)
    return String(repeating: "0", count: 12 - digits.count) + digits
  }
}

private struct FNV1a {
  var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func append(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }

  mutating func append(ids: [Int32]) {
    for id in ids {
      for shift in [0, 8, 16, 24] { append(UInt8(truncatingIfNeeded: id >> shift)) }
    }
    append(0xFF)
  }

  mutating func append(text: String) {
    for byte in text.utf8 { append(byte) }
    append(0xFF)
  }
}
