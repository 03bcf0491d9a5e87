import Randomness
import Testing

@testable import Tokenization

@Suite struct StreamingDetokenizerTests {
  /// Random ids, so that most byte sequences are not UTF-8, and ids of real text, so that most are.
  @Test(arguments: Fixture.kinds)
  func `pieces join to the text of all ids and hold no character that a later one would change`(
    kind: String
  ) throws {
    let tokenizer = try Fixture.tokenizer(kind)
    let recipe = try Fixture.recipe()
    var generator = SplitMix64(seed: 7)
    for round in 0..<30 {
      var ids: [Int32]
      if round.isMultiple(of: 2) {
        ids = tokenizer.encode(recipe.next(using: &generator), addSpecialTokens: true)
      } else {
        ids = (0..<40).map { _ in Int32(generator.below(tokenizer.vocabularyCount + 2)) - 1 }
      }
      ids = Array(ids.prefix(40))
      let skips = generator.below(2) == 0
      var detokenizer = StreamingDetokenizer(tokenizer, skipSpecialTokens: skips)
      var streamed = ""
      for (count, id) in ids.enumerated() {
        streamed += detokenizer.append(id)
        let whole = tokenizer.decode(ids[...count], skipSpecialTokens: skips)
        #expect(whole.utf8.starts(with: streamed.utf8), "\(kind) \(ids[...count])")
      }
      streamed += detokenizer.finish()
      let whole = tokenizer.decode(ids, skipSpecialTokens: skips)
      #expect(Array(streamed.utf8) == Array(whole.utf8), "\(kind) \(ids)")
    }
  }

  @Test func `a character spread over tokens comes out with its last byte`() throws {
    let tokenizer = try Fixture.tokenizer("gpt2")
    var detokenizer = StreamingDetokenizer(tokenizer, skipSpecialTokens: true)
    let ids = Array("𠜎".utf8).compactMap { byte -> Int32? in
      var spelling: [UInt8] = []
      ByteAlphabet.append([byte], to: &spelling)
      return tokenizer.id(of: String(decoding: spelling, as: UTF8.self))
    }
    #expect(ids.map { detokenizer.append($0) } == ["", "", "", "𠜎"])
    #expect(detokenizer.finish().isEmpty)
  }

  @Test func `what never became a character is flushed as U+FFFD`() throws {
    let tokenizer = try Fixture.tokenizer("llama2")
    var detokenizer = StreamingDetokenizer(tokenizer, skipSpecialTokens: true)
    let first = try #require(tokenizer.id(of: "<0xE4>"))
    let second = try #require(tokenizer.id(of: "<0xBD>"))
    #expect(detokenizer.append(first).isEmpty)
    #expect(detokenizer.append(second).isEmpty)
    #expect(detokenizer.finish() == "\u{FFFD}\u{FFFD}")
  }

  @Test func `after finishing a new text begins`() throws {
    let tokenizer = try Fixture.tokenizer("llama2")
    var detokenizer = StreamingDetokenizer(tokenizer, skipSpecialTokens: true)
    let ids = tokenizer.encode("the the", addSpecialTokens: true)
    for _ in 0..<2 {
      let text = ids.map { detokenizer.append($0) }.joined() + detokenizer.finish()
      #expect(text == "the the")
    }
  }
}
