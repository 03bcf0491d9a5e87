import HTTPTypes
import Inference
import OrderedJSON
import Testing

@testable import Web

@Suite struct ChatCompletionTests {
  static let hello: JSON = ["messages": [["role": "user", "content": "hello"]]]

  @Test func `a chat completion has every member that clients read`() async throws {
    let server = TestServer()
    let answer = try await server.post(
      "/v1/chat/completions",
      ["model": "org/echo", "messages": [["role": "user", "content": "hé"]], "max_tokens": 8],
      headers: [.xRequestID: "abc-1"]
    )
    #expect(answer.status == 200)
    #expect(answer.headers[.xRequestID] == "abc-1")
    #expect(answer.headers[.contentType] == "application/json")
    var body = try #require(answer.json.objectValue)
    let created = try #require(body["created"]?.integerValue)
    #expect(created > 1_700_000_000)
    body["created"] = 0
    #expect(
      JSON.object(body) == [
        "id": "chatcmpl-abc-1",
        "object": "chat.completion",
        "created": 0,
        "model": "org/echo",
        "choices": [
          [
            "index": 0,
            "message": ["role": "assistant", "content": "user: h\u{FFFD}", "refusal": .null],
            "logprobs": .null,
            "finish_reason": "length",
          ]
        ],
        "usage": [
          "prompt_tokens": 20,
          "completion_tokens": 8,
          "total_tokens": 28,
          "prompt_tokens_details": ["cached_tokens": 0],
        ],
      ]
    )
  }

  @Test func `without a limit the answer may take all the room there is`() async throws {
    let server = TestServer()
    let answer = try await server.post("/v1/chat/completions", Self.hello)
    #expect(answer.json["choices"]?[0]?["finish_reason"] == "stop")
    #expect(
      answer.json["choices"]?[0]?["message"]?["content"] == "user: hello\nassistant:"
    )
    #expect(server.generator.requests.first?.sampling.maxTokens == 512 - 22)
  }

  @Test func `each choice has its own index and end`() async throws {
    let answer = try await TestServer().post(
      "/v1/chat/completions",
      ["messages": [["role": "user", "content": "hello"]], "n": 3, "max_completion_tokens": 4]
    )
    let choices = try #require(answer.json["choices"]?.arrayValue)
    #expect(choices.map { $0["index"] } == [0, 1, 2])
    #expect(choices.map { $0["message"]?["content"] } == ["user", "ser:", "er: "])
    #expect(answer.json["usage"]?["completion_tokens"] == 12)
  }

  @Test func `log probabilities carry text, bytes and alternatives`() async throws {
    let answer = try await TestServer().post(
      "/v1/chat/completions",
      [
        "messages": [["role": "user", "content": "hello"]], "max_tokens": 1, "logprobs": true,
        "top_logprobs": 2,
      ]
    )
    #expect(
      answer.json["choices"]?[0]?["logprobs"] == [
        "content": [
          [
            "token": "u", "logprob": -0.5, "bytes": [117],
            "top_logprobs": [
              ["token": "u", "logprob": -0.5, "bytes": [117]],
              ["token": "v", "logprob": -1.5, "bytes": [118]],
            ],
          ]
        ],
        "refusal": .null,
      ]
    )
  }

  @Test func `a stop string ends the answer and is left out`() async throws {
    let answer = try await TestServer().post(
      "/v1/chat/completions",
      ["messages": [["role": "user", "content": "hello"]], "stop": ["lo", "xx"]]
    )
    #expect(answer.json["choices"]?[0]?["message"]?["content"] == "user: hel")
    #expect(answer.json["choices"]?[0]?["finish_reason"] == "stop")
  }

  @Test func `text parts are joined and developer means system`() async throws {
    let server = TestServer()
    _ = try await server.post(
      "/v1/chat/completions",
      [
        "messages": [
          ["role": "developer", "content": "be brief"],
          [
            "role": "user",
            "content": [["type": "text", "text": "a"], ["type": "text", "text": "b"]],
          ],
        ]
      ]
    )
    let prompt = try #require(server.generator.requests.first?.prompt)
    #expect(
      server.generator.decode(prompt, skipsSpecialTokens: false)
        == "system: be brief\nuser: a\nb\nassistant:"
    )
  }

  @Test func `sampling fields reach the engine`() async throws {
    let server = TestServer()
    let answer = try await server.post(
      "/v1/chat/completions",
      [
        "messages": [["role": "user", "content": "hello"]], "temperature": 0.5, "top_p": 0.25,
        "top_k": 7, "min_p": 0.125, "seed": -1, "presence_penalty": 1, "frequency_penalty": -1,
        "repetition_penalty": 1.5, "logit_bias": ["65": 5, "66": -100], "min_tokens": 3,
        "max_tokens": 9, "ignore_eos": true, "stop_token_ids": [10],
        "include_stop_str_in_output": true, "skip_special_tokens": false, "user": "me",
        "metadata": [:], "store": false,
      ]
    )
    #expect(answer.status == 200)
    let request = try #require(server.generator.requests.first)
    let sampling = request.sampling
    #expect(sampling.temperature == 0.5)
    #expect(sampling.topP == 0.25)
    #expect(sampling.topK == 7)
    #expect(sampling.minP == 0.125)
    #expect(sampling.seed == .max)
    #expect(sampling.presencePenalty == 1)
    #expect(sampling.frequencyPenalty == -1)
    #expect(sampling.repetitionPenalty == 1.5)
    #expect(sampling.logitBias == [65: 5, 66: -100])
    #expect(sampling.minTokens == 3)
    #expect(sampling.maxTokens == 9)
    #expect(sampling.ignoresEndOfText)
    #expect(sampling.stopTokenIDs == [10])
    #expect(sampling.includesStopInOutput)
    #expect(!request.skipsSpecialTokens)
  }
}
