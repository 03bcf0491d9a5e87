import Randomness
import TestSupport
import Testing

@testable import Web

/// Request bodies that are broken at random: whatever comes, the answer is a success or the client's fault.
@Suite struct RequestFuzzTests {
  private static let seeds = [
    #"{"model": "org/echo", "messages": [{"role": "system", "content": "be brief"}, "#
      + #"{"role": "user", "content": [{"type": "text", "text": "héllo 😀"}]}], "n": 2, "#
      + #""temperature": 0.7, "top_p": 0.9, "top_k": 40, "min_p": 0.05, "seed": 7, "#
      + #""logprobs": true, "top_logprobs": 3, "stop": ["\n", "END"], "max_tokens": 5, "#
      + #""logit_bias": {"65": -100}, "stream": true, "#
      + #""stream_options": {"include_usage": true}, "tools": [], "tool_choice": "none"}"#,
    #"{"prompt": ["abc", [1, 2, 3], "\u0041\ud83d\ude00"], "max_tokens": 4, "logprobs": 2, "#
      + #""echo": false, "min_tokens": 1, "ignore_eos": true, "stop_token_ids": [10], "#
      + #""presence_penalty": 0.5, "frequency_penalty": -0.5, "repetition_penalty": 1.1, "#
      + #""timeout": 30, "user": "me", "best_of": 1, "suffix": null}"#,
    #"{"model": "org/echo", "prompt": "x", "tokens": [1, 2, 3], "add_special_tokens": true, "#
      + #""return_token_strs": true, "messages": [{"role": "user", "content": "x"}]}"#,
  ]
  private static let paths = [
    "/v1/chat/completions", "/v1/completions", "/tokenize", "/detokenize",
  ]

  @Test func `no mutated body crashes the server or counts as its fault`() async throws {
    let seed: UInt64 = 0x504C_494D
    let server = TestServer(EchoGenerator.Options(maximumModelLength: 64, placeCount: 4_096))
    try await server.withRouter { send in
      var mutator = BodyMutator(seed: seed)
      for round in 0..<FuzzCases.count {
        let body = mutator.mutate(Array(Self.seeds[round % Self.seeds.count].utf8))
        for path in Self.paths {
          let status = try await send(path, body)
          #expect(
            status < 500,
            "seed \(seed), round \(round), \(path): \(status) for \(String(decoding: body, as: UTF8.self))"
          )
        }
      }
    }
    #expect(server.generator.takenPlaces == 0)
  }
}

/// Breaks JSON texts: flips bytes, cuts, repeats, and swaps in values that are likely to hurt.
struct BodyMutator {
  private static let fragments = [
    "null", "true", "-1", "0", "1e308", "1e999", "-0.0", "9223372036854775807",
    "9223372036854775808", "99999999999999999999999", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "[]",
    "{}", "[[[[[[", "{\"a\":", "\\", "\"", ",", ":", "\u{FEFF}", "\u{0}", "NaN", "2147483648",
    "0.1e-400", "[null]", "{\"type\":\"image_url\"}",
  ].map { Array($0.utf8) }

  private var random: SplitMix64

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  mutating func mutate(_ body: [UInt8]) -> [UInt8] {
    var body = body
    for _ in 0..<Int.random(in: 1...4, using: &random) { mutateOnce(&body) }
    return body
  }

  private mutating func mutateOnce(_ body: inout [UInt8]) {
    guard !body.isEmpty else { return }
    let index = Int.random(in: body.indices, using: &random)
    let length = min(Int.random(in: 1...24, using: &random), body.count - index)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: body[index] = UInt8.random(in: .min ... .max, using: &random)
    case 1: body.removeSubrange(index..<index + length)
    case 2: body.insert(contentsOf: body[index..<index + length], at: index)
    case 3: body.removeSubrange(index...)
    case 4: replaceValue(near: index, in: &body)
    default: body.insert(contentsOf: fragment(), at: index)
    }
  }

  /// Swaps the value after the next colon for a fragment, so that whole fields change their kind.
  private mutating func replaceValue(near index: Int, in body: inout [UInt8]) {
    guard let colon = body[index...].firstIndex(of: UInt8(ascii: ":")) else { return }
    let start = colon + 1
    let end = body[start...].firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}") }
    body.replaceSubrange(start..<(end ?? body.count), with: fragment())
  }

  private mutating func fragment() -> [UInt8] {
    Self.fragments[Int.random(in: Self.fragments.indices, using: &random)]
  }
}
