import HTTPTypes
import Inference
import OrderedJSON
import Testing

@testable import Web

@Suite struct CompletionTests {
  @Test func `a completion has every member that clients read`() async throws {
    let answer = try await TestServer().post(
      "/v1/completions",
      ["prompt": "abcdef", "max_tokens": 4, "logprobs": 2, "add_special_tokens": false]
    )
    #expect(answer.status == 200)
    var body = try #require(answer.json.objectValue)
    let id = try #require(body["id"]?.stringValue)
    #expect(id.hasPrefix("cmpl-"))
    (body["id"], body["created"]) = ("", 0)
    #expect(
      JSON.object(body) == [
        "id": "",
        "object": "text_completion",
        "created": 0,
        "model": "org/echo",
        "choices": [
          [
            "index": 0,
            "text": "abcd",
            "logprobs": [
              "tokens": ["a", "b", "c", "d"],
              "token_logprobs": [-0.5, -0.5, -0.5, -0.5],
              "top_logprobs": [
                ["a": -0.5, "b": -1.5], ["b": -0.5, "c": -1.5], ["c": -0.5, "d": -1.5],
                ["d": -0.5, "e": -1.5],
              ],
              "text_offset": [0, 1, 2, 3],
            ],
            "finish_reason": "length",
          ]
        ],
        "usage": [
          "prompt_tokens": 6, "completion_tokens": 4, "total_tokens": 10,
          "prompt_tokens_details": ["cached_tokens": 0],
        ],
      ]
    )
  }

  @Test(arguments: [true, false])
  func `a recorded length reaches the sampler alone, and only where the server allows it`(
    isAllowed: Bool
  ) async throws {
    var server = TestServer()
    server.configuration.allowsReplayedLengths = isAllowed
    let body: JSON = ["prompt": "abcdef", "max_tokens": 64, "bench_output_length": 3]
    #expect(try await server.post("/v1/completions", body).status == 200)
    let sampling = try #require(server.generator.requests.last).sampling
    #expect(sampling.maxTokens == 64)
    #expect(sampling.replayedLength == (isAllowed ? 3 : nil))
    let tooLong: JSON = ["prompt": "abcdef", "max_tokens": 2, "bench_output_length": 3]
    let status = try await server.post("/v1/completions", tooLong).status
    #expect(status == (isAllowed ? 400 : 200))
  }

  @Test(
    arguments: [
      (#""abc""#, ["abc"]),
      (#"["abc", "xyz"]"#, ["abc", "xyz"]),
      ("[97, 98]", ["ab"]),
      ("[[97, 98], [99]]", ["ab", "c"]),
      (#"["abc", [99]]"#, ["abc", "c"]),
    ]
  )
  func `a prompt may be text, texts, tokens or lists of tokens`(
    prompt: String,
    texts: [String]
  ) async throws {
    let answer = try await TestServer().send(
      .post,
      "/v1/completions",
      #"{"prompt": \#(prompt), "add_special_tokens": false}"#
    )
    let choices = try #require(answer.json["choices"]?.arrayValue)
    #expect(choices.compactMap { $0["text"]?.stringValue } == texts)
    #expect(choices.compactMap { $0["index"]?.integerValue } == Array(texts.indices))
  }

  @Test func `choices are numbered prompt by prompt`() async throws {
    let answer = try await TestServer().post(
      "/v1/completions",
      ["prompt": ["abc", "xyz"], "n": 2, "add_special_tokens": false]
    )
    let choices = try #require(answer.json["choices"]?.arrayValue)
    #expect(choices.map { $0["index"]?.integerValue } == [0, 1, 2, 3])
    #expect(choices.map { $0["text"]?.stringValue } == ["abc", "bc", "xyz", "yz"])
    #expect(answer.json["usage"]?["prompt_tokens"]?.integerValue == 6)
    #expect(answer.json["usage"]?["completion_tokens"]?.integerValue == 14)
  }

  @Test func `an echoed prompt precedes each of its answers`() async throws {
    let answer = try await TestServer().post(
      "/v1/completions",
      ["prompt": ["ab", "xy"], "echo": true, "n": 2, "max_tokens": 1, "add_special_tokens": false]
    )
    let choices = try #require(answer.json["choices"]?.arrayValue)
    #expect(choices.map { $0["text"]?.stringValue } == ["aba", "abb", "xyx", "xyy"])
  }

  @Test func `an answer is sixteen tokens long unless asked otherwise, or as long as fits`()
    async throws
  {
    let server = TestServer(EchoGenerator.Options(maximumModelLength: 20))
    for prompt in ["abcd", "abcdefghijkl"] {
      let answer = try await server.post(
        "/v1/completions",
        ["prompt": .string(prompt), "ignore_eos": true, "add_special_tokens": false]
      )
      #expect(answer.status == 200)
    }
    #expect(server.generator.requests.map(\.sampling.maxTokens) == [16, 8])
  }

  @Test func `token ids come along when asked for, streamed or not`() async throws {
    var fields: JSON.Object = [
      "prompt": "ab", "return_token_ids": true, "add_special_tokens": false,
    ]
    let whole = try await TestServer().post("/v1/completions", .object(fields))
    #expect(whole.json["choices"]?[0]?["token_ids"] == [97, 98])
    fields["stream"] = true
    let streamed = try await TestServer().post("/v1/completions", .object(fields))
    let chunks = events(in: streamed.text).dropLast().compactMap { try? JSON(parsing: $0) }
    #expect(chunks.compactMap { $0["choices"]?[0]?["token_ids"] }.prefix(2) == [[97], [98]])
  }

  @Test func `special tokens are added to text unless declined`() async throws {
    let server = TestServer()
    _ = try await server.post("/v1/completions", ["prompt": "a"])
    _ = try await server.post("/v1/completions", ["prompt": "a", "add_special_tokens": false])
    #expect(server.generator.requests.map(\.prompt) == [[257, 97], [97]])
  }

  @Test func `every prompt takes a place, or none does`() async throws {
    let server = TestServer(EchoGenerator.Options(placeCount: 3))
    let answer = try await server.post("/v1/completions", ["prompt": ["a", "b", "c", "d"]])
    #expect(answer.status == 429)
    #expect(server.generator.takenPlaces == 0)
    #expect(server.generator.requests.isEmpty)
  }
}
