import HTTPTypes
import OrderedJSON
import Testing

@testable import Web

@Suite struct FaultTests {
  /// A request that is refused, and which field the error names.
  struct Refusal: Sendable, CustomTestStringConvertible {
    let members: String
    let parameter: String
    var code = "invalid_value"

    var testDescription: String { members }

    init(_ members: String, _ parameter: String, _ code: String = "invalid_value") {
      self.members = members
      self.parameter = parameter
      self.code = code
    }
  }

  static let sampling = [
    Refusal(#""temperature": 2.5"#, "temperature"),
    Refusal(#""temperature": "hot""#, "temperature"),
    Refusal(#""top_p": 0"#, "top_p"),
    Refusal(#""top_p": 1.01"#, "top_p"),
    Refusal(#""top_k": 1.5"#, "top_k"),
    Refusal(#""top_k": -2"#, "top_k"),
    Refusal(#""min_p": -0.1"#, "min_p"),
    Refusal(#""seed": "x""#, "seed"),
    Refusal(#""seed": 1e300"#, "seed"),
    Refusal(#""presence_penalty": 3"#, "presence_penalty"),
    Refusal(#""frequency_penalty": []"#, "frequency_penalty"),
    Refusal(#""repetition_penalty": 0"#, "repetition_penalty"),
    Refusal(#""max_tokens": 0"#, "max_tokens"),
    Refusal(#""max_tokens": -5"#, "max_tokens"),
    Refusal(#""max_completion_tokens": true"#, "max_completion_tokens"),
    Refusal(#""min_tokens": 5, "max_tokens": 4"#, "min_tokens"),
    Refusal(#""ignore_eos": 1"#, "ignore_eos"),
    Refusal(#""n": 0"#, "n"),
    Refusal(#""n": 129"#, "n"),
    Refusal(#""n": 2, "best_of": 3"#, "best_of", "unsupported_field"),
    Refusal(#""stop": 5"#, "stop"),
    Refusal(#""stop": ["a", 5]"#, "stop[1]"),
    Refusal(#""stop": """#, "stop[0]"),
    Refusal(#""stop_token_ids": [258]"#, "stop_token_ids[0]"),
    Refusal(#""stop_token_ids": [1, "a"]"#, "stop_token_ids[1]"),
    Refusal(#""logit_bias": {"x": 1}"#, "logit_bias"),
    Refusal(#""logit_bias": {"258": 1}"#, "logit_bias"),
    Refusal(#""logit_bias": {"1": 101}"#, "logit_bias.1"),
    Refusal(#""logit_bias": [1]"#, "logit_bias"),
    Refusal(#""stream": "yes""#, "stream"),
    Refusal(#""stream_options": {}"#, "stream_options"),
    Refusal(#""stream": true, "stream_options": 1"#, "stream_options"),
    Refusal(
      #""stream": true, "stream_options": {"include_usage": 1}"#,
      "stream_options.include_usage"
    ),
    Refusal(#""timeout": 0"#, "timeout"),
    Refusal(#""response_format": {"type": "json_object"}"#, "response_format", "unsupported_field"),
    Refusal(#""guided_json": {}"#, "guided_json", "unsupported_field"),
    Refusal(#""use_beam_search": true"#, "use_beam_search", "unsupported_field"),
    Refusal(#""service_tier": "gold""#, "service_tier"),
    Refusal(#""priority": "high""#, "priority"),
  ]

  static let chat = [
    Refusal(#""tools": [{"type": "function"}]"#, "tools", "unsupported_field"),
    Refusal(#""tool_choice": "required""#, "tool_choice", "unsupported_field"),
    Refusal(#""functions": [{}]"#, "functions", "unsupported_field"),
    Refusal(#""audio": {}"#, "audio", "unsupported_field"),
    Refusal(#""modalities": ["text", "audio"]"#, "modalities", "unsupported_field"),
    Refusal(#""logprobs": 3"#, "logprobs"),
    Refusal(#""logprobs": true, "top_logprobs": 21"#, "top_logprobs"),
    Refusal(#""top_logprobs": 2"#, "top_logprobs"),
    Refusal(#""messages": []"#, "messages"),
    Refusal(#""messages": "hi""#, "messages"),
    Refusal(#""messages": null"#, "messages", "missing_field"),
    Refusal(#""messages": ["hi"]"#, "messages[0]"),
    Refusal(#""messages": [{"content": "x"}]"#, "messages[0].role", "missing_field"),
    Refusal(#""messages": [{"role": "king", "content": "x"}]"#, "messages[0].role"),
    Refusal(
      #""messages": [{"role": "tool", "content": "x"}]"#,
      "messages[0].role",
      "unsupported_field"
    ),
    Refusal(#""messages": [{"role": "user"}]"#, "messages[0].content", "missing_field"),
    Refusal(#""messages": [{"role": "user", "content": 1}]"#, "messages[0].content"),
    Refusal(
      #""messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]"#,
      "messages[0].content[0].type",
      "unsupported_field"
    ),
    Refusal(
      #""messages": [{"role": "user", "content": [{"type": "text"}]}]"#,
      "messages[0].content[0].text",
      "missing_field"
    ),
    Refusal(
      #""messages": [{"role": "assistant", "content": "x", "tool_calls": [{}]}]"#,
      "messages[0].tool_calls",
      "unsupported_field"
    ),
    Refusal(#""chat_template_kwargs": []"#, "chat_template_kwargs"),
    Refusal(
      #""continue_final_message": true, "add_generation_prompt": true"#,
      "continue_final_message"
    ),
  ]

  static let completion = [
    Refusal(#""prompt": null"#, "prompt", "missing_field"),
    Refusal(#""prompt": 5"#, "prompt"),
    Refusal(#""prompt": []"#, "prompt"),
    Refusal(#""prompt": [[]]"#, "prompt[0]"),
    Refusal(#""prompt": [1, 258]"#, "prompt[1]"),
    Refusal(#""prompt": [1, "a"]"#, "prompt[1]"),
    Refusal(#""prompt": ["a", 1.5]"#, "prompt[1]"),
    Refusal(#""prompt": [-1]"#, "prompt[0]"),
    Refusal(#""prompt": "", "add_special_tokens": false"#, "prompt"),
    Refusal(#""logprobs": 21"#, "logprobs"),
    Refusal(#""logprobs": true"#, "logprobs"),
    Refusal(#""echo": true, "logprobs": 1"#, "echo", "unsupported_field"),
    Refusal(#""suffix": "end""#, "suffix", "unsupported_field"),
  ]

  @Test(arguments: sampling + chat)
  func `a wrong chat field is refused by name`(refusal: Refusal) async throws {
    let server = TestServer()
    let base = #""messages": [{"role": "user", "content": "x"}]"#
    let answer = try await server.send(
      .post,
      "/v1/chat/completions",
      "{\(base), \(refusal.members)}"
    )
    expect(answer, refusal)
    #expect(server.generator.takenPlaces == 0)
  }

  @Test(arguments: sampling + completion)
  func `a wrong completion field is refused by name`(refusal: Refusal) async throws {
    let answer = try await TestServer().send(
      .post,
      "/v1/completions",
      #"{"prompt": "x", \#(refusal.members)}"#
    )
    expect(answer, refusal)
  }

  private func expect(_ answer: TestServer.Answer, _ refusal: Refusal) {
    #expect(answer.status == 400)
    #expect(answer.error["type"] == "invalid_request_error")
    #expect(answer.error["param"]?.stringValue == refusal.parameter)
    #expect(answer.error["code"]?.stringValue == refusal.code)
    #expect(answer.error["message"]?.stringValue?.contains("'\(refusal.parameter)'") == true)
  }

  @Test(
    arguments: [
      #""tools": [], "tool_choice": "auto", "functions": null, "modalities": ["text"]"#,
      #""response_format": {"type": "text"}, "n": 2, "best_of": 2, "priority": 0, "top_k": -1"#,
      #""temperature": null, "stop": null, "stream_options": null, "logit_bias": {}"#,
      #""a_field_of_next_year": {"deep": [1]}, "top_k": 0, "max_tokens": 2.0"#,
    ]
  )
  func `harmless, null and unknown fields are accepted`(members: String) async throws {
    let answer = try await TestServer().send(
      .post,
      "/v1/chat/completions",
      #"{"messages": [{"role": "user", "content": "x"}], \#(members)}"#
    )
    #expect(answer.status == 200)
  }

  @Test(
    arguments: [
      ("", "byte 0"), ("{", "byte 1"), (#"{"prompt": "x",}"#, "byte 15"), ("nul", "byte 3"),
      ("[]", "an array"), (#""x""#, "a string"), (#"{"prompt": "\#u{1}"}"#, "byte 12"),
    ]
  )
  func `a body that is no JSON object is refused with the place`(
    body: String,
    place: String
  ) async throws {
    let answer = try await TestServer().send(.post, "/v1/completions", body)
    #expect(answer.status == 400)
    #expect(answer.error["code"] == "invalid_json")
    #expect(answer.error["message"]?.stringValue?.contains(place) == true)
  }

  @Test func `deep JSON is refused, not followed`() async throws {
    let deep = String(repeating: "[", count: 100_000)
    let answer = try await TestServer().send(.post, "/v1/completions", #"{"prompt": \#(deep)"#)
    #expect(answer.status == 400)
    #expect(answer.error["message"]?.stringValue?.contains("nested deeper") == true)
  }

  @Test func `a prompt longer than the context is refused with the numbers`() async throws {
    let server = TestServer(EchoGenerator.Options(maximumModelLength: 10))
    let tooLong = try await server.post("/v1/completions", ["prompt": "0123456789"])
    #expect(tooLong.status == 400)
    #expect(tooLong.error["code"] == "context_length_exceeded")
    #expect(tooLong.error["message"]?.stringValue?.contains("11 tokens") == true)
    let hopeless = try await server.post("/v1/completions", ["prompt": "0123456789a"])
    #expect(hopeless.error["code"] == "context_length_exceeded")
    #expect(hopeless.error["message"]?.stringValue?.contains("11 bytes") == true)
    let noRoom = try await server.post("/v1/completions", ["prompt": "01234", "max_tokens": 5])
    #expect(noRoom.error["code"] == "context_length_exceeded")
    #expect(noRoom.error["param"] == "max_tokens")
    #expect(noRoom.error["message"]?.stringValue?.contains("at most 4") == true)
    #expect(server.generator.takenPlaces == 0)
  }

  @Test func `an unknown model is not found`() async throws {
    for path in ["/v1/completions", "/v1/chat/completions", "/tokenize"] {
      let answer = try await TestServer().post(path, ["model": "gpt-9", "prompt": "x"])
      #expect(answer.status == 404)
      #expect(answer.error["code"] == "model_not_found")
      #expect(answer.error["param"] == "model")
    }
  }

  @Test func `an unknown route and a wrong method are told apart`() async throws {
    let missing = try await TestServer().send(.get, "/v2/models")
    #expect(missing.status == 404)
    #expect(missing.error["code"] == "route_not_found")
    #expect(missing.headers[.xRequestID]?.isEmpty == false)
    let wrong = try await TestServer().send(.get, "/v1/completions")
    #expect(wrong.status == 405)
    #expect(wrong.headers[.allow] == "POST")
    #expect(wrong.error["code"] == "method_not_allowed")
  }

  @Test func `a body above the limit is refused`() async throws {
    var server = TestServer()
    server.configuration.maximumBodySize = 20
    let answer = try await server.post("/v1/completions", ["prompt": "longer than that"])
    #expect(answer.status == 413)
    #expect(answer.error["code"] == "body_too_large")
    #expect(server.generator.estimates.isEmpty)
  }

  @Test func `a full queue says when to come back, before it reads the request`() async throws {
    let server = TestServer(EchoGenerator.Options(placeCount: 0))
    let answer = try await server.send(.post, "/v1/completions", "not even JSON")
    #expect(answer.status == 429)
    #expect(answer.headers[.retryAfter] == "3")
    #expect(answer.error["type"] == "overloaded_error")
  }

  @Test func `what the body says of a prompt's length counts, not the body's size`() async throws {
    let server = TestServer()
    _ = try await server.post("/v1/completions", ["prompt": [1, 2, 3], "max_tokens": 1])
    _ = try await server.post("/v1/completions", ["prompt": "a dozen b, c", "max_tokens": 1])
    #expect(server.generator.betterEstimates == [3, 3])
    #expect(server.generator.estimates.allSatisfy { $0 > 6 })
  }

  @Test func `a server without its model yet, or shutting down, says so`() async throws {
    let loading = try await TestServer(isReady: false).post("/v1/completions", ["prompt": "x"])
    #expect(loading.status == 503)
    #expect(loading.error["code"] == "model_loading")
    #expect(loading.headers[.retryAfter] == "2")
    let draining = TestServer()
    draining.state.startDraining()
    let answer = try await draining.post("/v1/chat/completions", ChatCompletionTests.hello)
    #expect(answer.status == 503)
    #expect(answer.error["code"] == "draining")
    #expect(answer.headers[.retryAfter] != nil)
  }

  @Test func `a deadline that has passed ends the request and is not retried`() async throws {
    let byField = try await TestServer().post("/v1/completions", ["prompt": "x", "timeout": 1e-9])
    #expect(byField.status == 408)
    #expect(byField.error["code"] == "deadline_passed")
    #expect(byField.headers[.xShouldRetry] == "false")
    let byHeader = try await TestServer().post(
      "/v1/completions",
      ["prompt": "x"],
      headers: [.xRequestTimeout: "0.000000001"]
    )
    #expect(byHeader.status == 408)
    let wrong = try await TestServer().post(
      "/v1/completions",
      ["prompt": "x"],
      headers: [.xRequestTimeout: "soon"]
    )
    #expect(wrong.status == 400)
    #expect(wrong.error["param"] == "X-Request-Timeout")
  }

  @Test func `an engine that stops is unavailable`() async throws {
    let server = TestServer(EchoGenerator.Options(fails: true))
    let answer = try await server.post("/v1/completions", ["prompt": "x"])
    #expect(answer.status == 503)
    #expect(answer.error["code"] == "engine_stopped")
    #expect(server.generator.takenPlaces == 0)
  }

  @Test func `a template that refuses the messages is the client's fault`() async throws {
    let answer = try await TestServer().post(
      "/v1/chat/completions",
      ["messages": [["role": "user", "content": "x"]], "chat_template_kwargs": ["refuse": true]]
    )
    #expect(answer.status == 400)
    #expect(answer.error["code"] == "chat_template_error")
    #expect(answer.error["message"]?.stringValue?.contains("roles must alternate") == true)
  }
}
