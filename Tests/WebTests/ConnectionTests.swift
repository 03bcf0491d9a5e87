import Glibc
import HTTPTypes
import NIOCore
import OrderedJSON
import ServiceLifecycle
import Testing

@testable import Web

/// What happens on a socket: clients that leave, dawdle or stay, and servers that shut down.
@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
  private static let completion = #"{"prompt": "abc"}"#
  private static let streamed = #"{"prompt": "abc", "stream": true}"#

  @Test(arguments: [completion, streamed])
  func `a client that leaves frees its place at once`(body: String) async throws {
    let server = TestServer(EchoGenerator.Options(isGated: true))
    let generator = server.generator
    try await server.listen { port, _ in
      let client = try await RawClient.connect(port: port)
      try await client.converse(sending: wireRequest("/v1/completions", body)) { _ in
        for await _ in generator.starts { break }
      }
      for await _ in generator.cancellations { break }
    }
    #expect(generator.requests.count == 1)
    #expect(generator.takenPlaces == 0)
  }

  @Test func `a connection carries many requests`() async throws {
    let server = TestServer()
    try await server.listen { port, _ in
      let client = try await RawClient.connect(port: port)
      try await client.converse { conversation in
        for id in ["one", "two", "three"] {
          try await conversation.send(
            wireRequest("/v1/completions", Self.completion, headers: "X-Request-Id: \(id)\r\n")
          )
          try await conversation.expect("\"id\":\"cmpl-\(id)\"")
          try await conversation.expect("\(id)\r\n")
        }
      }
    }
  }

  @Test func `a quiet stream is kept alive by comments`() async throws {
    var server = TestServer(EchoGenerator.Options(isGated: true))
    server.configuration.keepAliveInterval = .milliseconds(1)
    let generator = server.generator
    try await server.listen { port, _ in
      let client = try await RawClient.connect(port: port)
      try await client.converse(sending: wireRequest("/v1/completions", Self.streamed)) {
        conversation in
        try await conversation.expect(": keep-alive\n\n")
        #expect(!conversation.received.contains("data:"))
        generator.release()
        try await conversation.expect("data: [DONE]\n\n")
        try await conversation.expect("0\r\n\r\n")
      }
    }
  }

  @Test func `a body that does not come is given up`() async throws {
    var server = TestServer()
    server.configuration.bodyTimeout = .milliseconds(20)
    let generator = server.generator
    try await server.listen { port, _ in
      let client = try await RawClient.connect(port: port)
      let head = "POST /v1/completions HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\n{"
      try await client.converse(sending: head) { conversation in
        try await conversation.receiveAll()
        #expect(conversation.received.hasPrefix("HTTP/1.1 408 "))
        #expect(conversation.received.contains("body_timeout"))
      }
    }
    #expect(generator.estimates.isEmpty)
  }

  @Test func `a body announced too large is refused unread`() async throws {
    var server = TestServer()
    server.configuration.maximumBodySize = 1_000
    try await server.listen { port, _ in
      let client = try await RawClient.connect(port: port)
      let head = "POST /v1/completions HTTP/1.1\r\nHost: test\r\nContent-Length: 1001\r\n\r\n"
      try await client.converse(sending: head) { conversation in
        try await conversation.expect("body_too_large")
        #expect(conversation.received.hasPrefix("HTTP/1.1 413 "))
      }
    }
  }

  @Test func `a chunked body is cut off at the limit`() async throws {
    var server = TestServer()
    server.configuration.maximumBodySize = 1_000
    try await server.listen { port, _ in
      let client = try await RawClient.connect(port: port)
      let head = "POST /v1/completions HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
      let chunk = "3e9\r\n\(String(repeating: " ", count: 1_001))\r\n"
      try await client.converse(sending: head, chunk) { conversation in
        try await conversation.expect("body_too_large")
      }
    }
  }

  @Test(arguments: ["", "GET /health HTTP/1.1\r\nHost: te"])
  func `a quiet connection and slow headers are closed`(beginning: String) async throws {
    var server = TestServer()
    server.configuration.idleTimeout = .milliseconds(300)
    try await server.listen { port, _ in
      let client = try await RawClient.connect(port: port)
      do {
        try await client.converse(sending: beginning) { conversation in
          try await conversation.receiveAll()
          #expect(conversation.received.isEmpty)
        }
      } catch ChannelError.ioOnClosedChannel {
        // On a busy machine the time is up before the beginning is sent: closed all the same.
      }
    }
  }

  @Test func `an address that is taken is said so`() async throws {
    let first = TestServer()
    try await first.listen { port, _ in
      var second = TestServer()
      second.configuration.port = port
      await #expect(
        throws: ListeningFault(address: "127.0.0.1:\(port)", errorNumber: EADDRINUSE)
      ) {
        try await ServiceGroup(services: [second.makeServer()], logger: second.logger).run()
      }
    }
  }

  @Test func `what is not HTTP is answered and closed`() async throws {
    let server = TestServer()
    try await server.listen { port, _ in
      let client = try await RawClient.connect(port: port)
      try await client.converse(sending: "\u{16}\u{3}\u{1} hello\r\n\r\n") { conversation in
        try await conversation.receiveAll()
        #expect(conversation.received.hasPrefix("HTTP/1.1 400 "))
      }
    }
  }

  @Test(arguments: [completion, streamed])
  func `a shutdown lets the running answer end and refuses the next`(body: String) async throws {
    let server = TestServer(EchoGenerator.Options(isGated: true))
    let (generator, state) = (server.generator, server.state)
    try await server.listen { port, services in
      let client = try await RawClient.connect(port: port)
      try await client.converse(sending: wireRequest("/v1/completions", body)) { conversation in
        for await _ in generator.starts { break }
        await services.triggerGracefulShutdown()
        while state.isReady { await Task.yield() }
        generator.release()
        try await conversation.receiveAll()
        #expect(conversation.received.hasPrefix("HTTP/1.1 200 "))
        #expect(conversation.received.contains("\"finish_reason\":\"stop\""))
      }
    }
    #expect(try await server.send(.get, "/v1/models").status == 503)
  }
}

extension ServingState {
  fileprivate var isReady: Bool { if case .ready = phase { true } else { false } }
}
