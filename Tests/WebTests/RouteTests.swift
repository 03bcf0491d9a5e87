import HTTPTypes
import Inference
import OrderedJSON
import Testing

@testable import Web

@Suite struct RouteTests {
  @Test func `the model list carries root and context length`() async throws {
    let server = TestServer()
    let created = try server.state.model().created
    let model: JSON = [
      "id": "org/echo", "object": "model", "created": .integer(created), "owned_by": "plimsoll",
      "root": "Models/echo", "parent": .null, "max_model_len": 512,
    ]
    let list = try await server.send(.get, "/v1/models")
    #expect(list.status == 200)
    #expect(list.json == ["object": "list", "data": [model]])
    for path in ["/v1/models/org/echo", "/v1/models/org%2Fecho"] {
      #expect(try await server.send(.get, path).json == model)
    }
    let other = try await TestServer().send(.get, "/v1/models/100%")
    #expect(other.status == 404)
    #expect(other.error["message"]?.stringValue?.contains("'100%'") == true)
  }

  @Test func `text becomes tokens and comes back`() async throws {
    let tokens = try await TestServer().post(
      "/tokenize",
      ["prompt": "hé", "return_token_strs": true]
    )
    #expect(
      tokens.json == [
        "tokens": [257, 104, 195, 169], "count": 4, "max_model_len": 512,
        "token_strs": ["", "h", "\u{FFFD}", "\u{FFFD}"],
      ]
    )
    let plain = try await TestServer().post(
      "/tokenize",
      ["prompt": "hé", "add_special_tokens": false]
    )
    #expect(plain.json["count"] == 3)
    let text = try await TestServer().post("/detokenize", ["tokens": [104, 195, 169]])
    #expect(text.json == ["prompt": "hé"])
  }

  @Test func `a chat is tokenised as its template renders it`() async throws {
    let answer = try await TestServer().post("/tokenize", ChatCompletionTests.hello)
    #expect(answer.json["count"]?.integerValue == "user: hello\nassistant:".utf8.count)
  }

  @Test func `wrong tokens are refused by name`() async throws {
    let answer = try await TestServer().post("/detokenize", ["tokens": [1, 258]])
    #expect(answer.status == 400)
    #expect(answer.error["param"] == "tokens[1]")
    let missing = try await TestServer().post("/detokenize", [:])
    #expect(missing.error["code"] == "missing_field")
  }

  @Test func `health, readiness and version follow the server's state`() async throws {
    let loading = TestServer(isReady: false)
    #expect(try await loading.send(.get, "/health").status == 503)
    #expect(try await loading.send(.get, "/ready").status == 503)
    #expect(try await loading.send(.get, "/version").json == ["version": .string(plimsollVersion)])
    loading.becomeReady()
    #expect(try await loading.send(.get, "/health").status == 200)
    #expect(try await loading.send(.get, "/ready").status == 200)
    loading.state.startDraining()
    #expect(try await loading.send(.get, "/health").status == 200)
    #expect(try await loading.send(.get, "/ready").status == 503)
  }

  @Test func `an engine without progress is not alive but stays ready`() async throws {
    let server = TestServer(EchoGenerator.Options(health: .stalled(since: .now)))
    let health = try await server.send(.get, "/health")
    #expect(health.status == 503)
    #expect(health.json["status"] == "stalled")
  }

  @Test func `requests are counted by route and status`() async throws {
    let server = TestServer()
    _ = try await server.send(.get, "/v1/models/org/echo")
    _ = try await server.send(.get, "/nowhere")
    let metrics = try await server.send(.get, "/metrics")
    #expect(metrics.headers[.contentType]?.hasPrefix("text/plain") == true)
    #expect(
      metrics.text.contains(
        #"http_requests_total{handler="/v1/models/**",method="GET",status="200"} 1"#
      )
    )
    #expect(
      metrics.text.contains(#"http_requests_total{handler="NotFound",method="GET",status="404"} 1"#)
    )
    #expect(metrics.text.contains(#"http_request_duration_seconds_count{handler="NotFound"} 1"#))
  }

  @Test func `with keys set the API is closed and the probes stay open`() async throws {
    var server = TestServer()
    server.configuration.apiKeys = ["first", "second"]
    for path in ["/health", "/ready", "/metrics", "/version"] {
      #expect(try await server.send(.get, path).status == 200)
    }
    let missing = try await server.send(.get, "/v1/models")
    #expect(missing.status == 401)
    #expect(missing.error["type"] == "authentication_error")
    #expect(missing.error["code"] == "invalid_api_key")
    #expect(missing.headers[.wwwAuthenticate] == "Bearer")
    for (header, status) in [
      ("Bearer first", 200), ("bearer second", 200), ("Bearer firs", 401), ("Bearer firstt", 401),
      ("Bearer ", 401), ("Basic first", 401), ("first", 401), ("Bearer firstsecond", 401),
    ] {
      let answer = try await server.send(
        .get,
        "/v1/models",
        headers: [.authorization: header]
      )
      #expect(answer.status == status, "\(header)")
    }
    let tokenize = try await server.post("/tokenize", ["prompt": "x"])
    #expect(tokenize.status == 401)
  }

  @Test func `request ids are taken over only when harmless in a log`() async throws {
    for (sent, isKept) in [
      ("a-B_9.:", true), ("two words", false), ("x\"y", false),
      (String(repeating: "a", count: 129), false),
    ] {
      let answer = try await TestServer().send(.get, "/health", headers: [.xRequestID: sent])
      let received = try #require(answer.headers[.xRequestID])
      #expect((received == sent) == isKept)
      #expect(isKept || received.count == 24)
    }
  }
}

@Suite struct CORSTests {
  private func server(_ origins: [String]) -> TestServer {
    var server = TestServer()
    server.configuration.corsOrigins = origins
    server.configuration.apiKeys = ["key"]
    return server
  }

  private static let preflight: HTTPFields = [
    .origin: "https://a.example",
    .accessControlRequestMethod: "POST",
    .accessControlRequestHeaders: "authorization, x-stainless-os",
  ]

  @Test func `a preflight from an allowed origin needs no key`() async throws {
    let answer = try await server(["https://a.example", "https://b.example"])
      .send(.options, "/v1/chat/completions", headers: Self.preflight)
    #expect(answer.status == 204)
    #expect(answer.headers[.accessControlAllowOrigin] == "https://a.example")
    #expect(answer.headers[.accessControlAllowHeaders] == "authorization, x-stainless-os")
    #expect(answer.headers[.vary] == "Origin")
  }

  @Test func `answers to scripts, errors too, name the origin`() async throws {
    let answer = try await server(["*"])
      .send(.get, "/v1/models", headers: [.origin: "https://a.example"])
    #expect(answer.status == 401)
    #expect(answer.headers[.accessControlAllowOrigin] == "*")
  }

  @Test func `other origins and a server without the flag send no such headers`() async throws {
    for origins in [[], ["https://b.example"]] {
      let answer = try await server(origins)
        .send(.options, "/v1/chat/completions", headers: Self.preflight)
      #expect(answer.status == 401)
      #expect(answer.headers[.accessControlAllowOrigin] == nil)
    }
  }
}
