import OrderedCollections
import OrderedJSON
import Testing

@testable import Tokenization

@Suite struct TokenizerTests {
  /// A byte pair model over a few characters, with `overrides` on top.
  private func document(_ overrides: JSON.Object = [:]) -> JSON {
    var members: JSON.Object = [
      "version": "1.0",
      "added_tokens": [],
      "model": [
        "type": "BPE", "vocab": ["a": 0, "b": 1, "ab": 2, "K": 3, "<u>": 4],
        "merges": ["a b"], "unk_token": "<u>",
      ],
    ]
    for (key, value) in overrides { members[key] = value }
    return .object(members)
  }

  private func added(_ id: Int, _ content: String, _ flags: Set<String> = []) -> JSON {
    var members: JSON.Object = ["id": .integer(id), "content": .string(content)]
    for flag in ["single_word", "lstrip", "rstrip", "normalized", "special"] {
      members[flag] = .bool(flags.contains(flag))
    }
    return .object(members)
  }

  @Test func `ids, tokens and bytes belong together`() throws {
    let tokenizer = try Fixture.tokenizer("llama2")
    #expect(tokenizer.vocabularyCount == 909)
    for id in 0..<Int32(tokenizer.vocabularyCount) {
      let token = try #require(tokenizer.token(for: id))
      #expect(tokenizer.id(of: token) == id || tokenizer.bytes(of: id) != Array(token.utf8))
    }
    #expect(tokenizer.token(for: 909) == nil)
    #expect(tokenizer.token(for: -1) == nil)
    #expect(tokenizer.bytes(of: 909).isEmpty)
    #expect(tokenizer.isSpecial(1))
    #expect(!tokenizer.isSpecial(300))
  }

  @Test(arguments: Fixture.kinds.dropLast(2).filter { $0 != "cl100k" })
  func `the bytes of a text's tokens are the text's bytes`(kind: String) throws {
    let tokenizer = try Fixture.tokenizer(kind)
    let text = "the quick é 😀 中 fox"
    let ids = tokenizer.encode(text, addSpecialTokens: false)
    let bytes = ids.flatMap { tokenizer.bytes(of: $0) }
    #expect(bytes.elementsEqual(text.utf8) || bytes.elementsEqual((" " + text).utf8))
  }

  @Test func `canonically equal characters are different tokens`() throws {
    let tokenizer = try Tokenizer(json: document())
    #expect(tokenizer.encode("K", addSpecialTokens: false) == [3])
    #expect(tokenizer.encode("\u{212A}", addSpecialTokens: false) == [4])
  }

  @Test func `of added tokens at one place the longest is found, and flags are kept`() throws {
    let tokenizer = try Tokenizer(
      json: document([
        "added_tokens": [
          added(5, "<x>"), added(6, "<x>y", ["special"]), added(7, "w", ["single_word"]),
          added(8, "<l>", ["lstrip"]), added(9, "<r>", ["rstrip"]),
        ]
      ])
    )
    func ids(_ text: String) -> [Int32] { tokenizer.encode(text, addSpecialTokens: false) }
    #expect(ids("<x><x>y") == [5, 6])
    #expect(ids("abw w") == [2, 4, 4, 7])
    #expect(ids("a  <l>a") == [0, 8, 0])
    #expect(ids("<r>\u{3000} \na") == [9, 0])
    #expect(tokenizer.decode([6, 0], skipSpecialTokens: true) == "a")
    #expect(tokenizer.decode([6, 0], skipSpecialTokens: false) == "<x>y a")
  }

  @Test func `a long run without spaces is encoded`() throws {
    let tokenizer = try Fixture.tokenizer("llama3")
    let text = String(repeating: "a", count: 20_000)
    let ids = tokenizer.encode(text, addSpecialTokens: false)
    #expect(tokenizer.decode(ids, skipSpecialTokens: false) == text)
  }

  @Test(
    arguments: [
      ("model", ["type": "Unigram"], "'model.type' is 'Unigram', which is not supported"),
      ("model", ["type": "BPE", "vocab": [:]], "'model.merges' is missing"),
      ("model", ["vocab": ["a": -1], "merges": []], "'model.vocab.a' must be an id of 31 bits"),
      ("model", ["vocab": ["a": 2_000_000], "merges": []], "has 1 tokens, but ids up to 2000000"),
      ("model", ["vocab": ["a": 0], "merges": ["a b"]], "'model.merges[0]' joins 'a' and 'b'"),
      ("model", ["vocab": ["a": 0], "merges": [["a"]]], "'model.merges[0]' must be two tokens"),
      ("model", ["vocab": [:], "merges": [], "dropout": 0.1], "'model.dropout' is set"),
      ("model", ["vocab": [:], "merges": [], "new": 1], "the key 'model.new' is not known"),
      ("model", ["vocab": [:], "merges": [], "unk_token": "x"], "'model.unk_token' is not in"),
      ("model", 7, "'model' must be an object, but is an integer"),
      ("normalizer", ["type": "Nmt"], "'normalizer' is 'Nmt'"),
      (
        "normalizer", ["type": "Sequence", "normalizers": [["type": "X"]]], "normalizers[0]' is 'X'"
      ),
      ("pre_tokenizer", ["type": "Split", "pattern": ["Regex": "("]], "pre_tokenizer"),
      ("pre_tokenizer", ["type": "Metaspace", "replacement": "ab"], "must be a single character"),
      ("decoder", ["type": "CTC"], "'decoder' is 'CTC', which is not supported"),
      (
        "post_processor",
        [
          "type": "TemplateProcessing", "pair": [],
          "single": [["SpecialToken": ["id": "x"]], ["Sequence": ["id": "A"]]],
          "special_tokens": ["x": ["id": "x", "ids": [99], "tokens": ["x"]]],
        ], "adds a token that is not in the vocabulary"
      ),
      ("post_processor", ["type": "BertProcessing"], "is 'BertProcessing'"),
      ("version", "2.0", "'version' is '2.0'"),
      ("surprise", 1, "the key 'surprise' is not known"),
    ] as [(String, JSON, String)]
  )
  func `what a document may not say is refused by name`(
    key: String,
    value: JSON,
    message: String
  ) throws {
    let error = #expect(throws: TokenizerError.self) {
      try Tokenizer(json: document([key: value]))
    }
    let description = try #require(error).description
    #expect(description.contains(message), "\(description)")
  }

  @Test func `an added token whose id is not its place is refused`() {
    #expect(
      throws: TokenizerError.invalid(
        key: "added_tokens[0].id",
        reason: "is 9, but this token's place is 5"
      )
    ) {
      try Tokenizer(json: document(["added_tokens": [added(9, "<x>")]]))
    }
  }
}
