import OrderedJSON
import Randomness
import TestSupport
import Testing

@testable import Tokenization

/// Tokenizer files that strangers changed: an error or a tokenizer that works, never a crash.
@Suite struct TokenizerFuzzTests {
  private static func added(_ id: Int, _ content: String) -> JSON {
    [
      "id": .integer(id), "content": .string(content), "special": true, "lstrip": true,
      "rstrip": false, "single_word": false, "normalized": false,
    ]
  }

  /// Two small documents that together use most kinds of steps.
  private static let documents: [JSON] = [
    [
      "added_tokens": [
        added(4, "<s>")
      ],
      "normalizer": ["type": "Sequence", "normalizers": [["type": "NFC"], ["type": "Lowercase"]]],
      "pre_tokenizer": [
        "type": "Sequence",
        "pretokenizers": [
          [
            "type": "Split",
            "pattern": ["Regex": "\\p{N}{1,3}| ?[^\\s\\p{L}]+|\\s+(?!\\S)|\\p{L}+"],
            "behavior": "Isolated", "invert": false,
          ],
          [
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
            "use_regex": false,
          ],
        ],
      ],
      "post_processor": [
        "type": "TemplateProcessing",
        "single": [
          ["SpecialToken": ["id": "<s>", "type_id": 0]], ["Sequence": ["id": "A", "type_id": 0]],
        ],
        "pair": [],
        "special_tokens": ["<s>": ["id": "<s>", "ids": [4], "tokens": ["<s>"]]],
      ],
      "decoder": ["type": "ByteLevel"],
      "model": [
        "type": "BPE", "vocab": ["a": 0, "b": 1, "ab": 2, "abab": 3], "merges": ["a b", "ab ab"],
        "ignore_merges": false, "byte_fallback": false,
      ],
    ],
    [
      "added_tokens": [added(0, "<unk>")],
      "normalizer": [
        "type": "Sequence",
        "normalizers": [
          ["type": "Prepend", "prepend": "▁"],
          ["type": "Replace", "pattern": ["String": " "], "content": "▁"],
        ],
      ],
      "pre_tokenizer": [
        "type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true,
      ],
      "decoder": [
        "type": "Sequence",
        "decoders": [
          ["type": "Replace", "pattern": ["String": "▁"], "content": " "], ["type": "ByteFallback"],
          ["type": "Fuse"], ["type": "Strip", "content": " ", "start": 1, "stop": 0],
        ],
      ],
      "model": [
        "type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true,
        "vocab": ["<unk>": 0, "<0x61>": 1, "<0xC3>": 2, "<0xA9>": 3, "▁": 4, "a": 5, "▁a": 6],
        "merges": [["▁", "a"]],
      ],
    ],
  ]

  @Test func `mutated tokenizer files never crash`() throws {
    let seed: UInt64 = 20_261_124
    print("fuzz: \(FuzzCases.count) mutated tokenizer files, seed \(seed)")
    let sources = Self.documents.map(\.serialized)
    var generator = SplitMix64(seed: seed)
    let mutator = ByteMutator()
    var workingCount = 0
    for round in 0..<FuzzCases.count {
      let bytes = mutator.mutate(sources[round % sources.count], using: &generator)
      if works(bytes) { workingCount += 1 }
    }
    for document in Self.documents { _ = try Tokenizer(json: document) }
    #expect(workingCount < FuzzCases.count, "most mutations are noticed")
  }

  /// Whether the file makes a tokenizer, which then encodes, decodes and streams.
  private func works(_ bytes: [UInt8]) -> Bool {
    guard let json = try? JSON(parsing: bytes), let tokenizer = try? Tokenizer(json: json) else {
      return false
    }
    let ids = tokenizer.encode("abab é 😀 <s> 12345  \n", addSpecialTokens: true)
    var detokenizer = StreamingDetokenizer(tokenizer, skipSpecialTokens: false)
    let streamed = ids.map { detokenizer.append($0) }.joined() + detokenizer.finish()
    #expect(streamed == tokenizer.decode(ids, skipSpecialTokens: false))
    return true
  }
}
