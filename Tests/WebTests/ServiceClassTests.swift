import HTTPTypes
import Inference
import OrderedJSON
import Scheduling
import Testing

@testable import Web

@Suite struct ServiceClassTests {
  /// The class, priority and tenant that reach the engine.
  private func served(
    _ server: TestServer = TestServer(),
    body members: JSON.Object = [:],
    headers: HTTPFields = [:]
  ) async throws -> (className: String?, priority: Int, tenant: UInt64) {
    var body: JSON.Object = ["prompt": "hello", "max_tokens": 2]
    for (name, value) in members { body[name] = value }
    let answer = try await server.send(
      .post,
      "/v1/completions",
      JSON.object(body).text,
      headers: headers
    )
    #expect(answer.status == 200, "\(answer.text)")
    let request = try #require(server.generator.requests.last)
    return (request.serviceClass?.name, request.priority, request.tenant.rawValue)
  }

  @Test func `a request that names no class is standard`() async throws {
    let served = try await served()
    #expect(served == ("standard", 0, 0))
  }

  @Test(
    arguments: [
      ("interactive", "interactive"), ("batch", "batch"), ("priority", "interactive"),
      ("flex", "batch"), ("auto", "standard"), ("default", "standard"),
    ]
  )
  func `service_tier takes our names and OpenAI's`(tier: String, name: String) async throws {
    let served = try await served(body: ["service_tier": .string(tier)])
    #expect(served.className == name)
  }

  @Test(arguments: ["/v1/completions", "/v1/chat/completions"])
  func `an answer tells the class that was asked for by tier, streamed or whole`(
    path: String
  ) async throws {
    let prompt = #""prompt": "hi", "messages": [{"role": "user", "content": "hi"}]"#
    func answer(_ members: String) async throws -> TestServer.Answer {
      try await TestServer().send(.post, path, "{\(prompt)\(members)}")
    }
    let plain = try await answer("")
    #expect(plain.status == 200 && plain.json["service_tier"] == nil, "\(plain.text)")
    let whole = try await answer(#", "service_tier": "priority""#)
    #expect(whole.json["service_tier"] == "interactive")
    let streamed = try await answer(#", "service_tier": "flex", "stream": true"#)
    #expect(streamed.text.contains(#""service_tier":"batch""#), "\(streamed.text)")
  }

  @Test func `vLLM's priority travels with the request`() async throws {
    #expect(try await served(body: ["priority": -3]).priority == -3)
  }

  @Test func `a header names the class, and the body overrides it`() async throws {
    let headers: HTTPFields = [.xServiceClass: "batch"]
    #expect(try await served(headers: headers).className == "batch")
    let both = try await served(body: ["service_tier": "interactive"], headers: headers)
    #expect(both.className == "interactive")
    let answer = try await TestServer().send(
      .post,
      "/v1/completions",
      #"{"prompt": "hello"}"#,
      headers: [.xServiceClass: "gold"]
    )
    #expect(answer.status == 400)
    #expect(answer.error["message"]?.stringValue?.contains("'gold'") == true)
  }

  @Test func `a key stands for a tenant and, if the operator says so, for a class`() async throws {
    var server = TestServer()
    server.configuration.apiKeys = ["first", "second"]
    server.configuration.keyClasses = ["second": "batch"]
    let first = try await served(server, headers: [.authorization: "Bearer first"])
    #expect(first == ("standard", 0, 1))
    let second = try await served(server, headers: [.authorization: "Bearer second"])
    #expect(second == ("batch", 0, 2))
  }

  @Test func `a class whose promise cannot be kept is told when to come back`() async throws {
    let server = TestServer(EchoGenerator.Options(overloadedClass: "interactive"))
    let body = #"{"prompt": "hello", "service_tier": "interactive"}"#
    let refused = try await server.send(.post, "/v1/completions", body)
    #expect(refused.status == 429)
    #expect(refused.headers[.retryAfter] == "7")
    #expect(server.generator.takenPlaces == 0, "its place is free again")
    #expect(try await served(server).className == "standard")
  }
}
