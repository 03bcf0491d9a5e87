import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import OrderedJSON
import ServiceLifecycle
import Telemetry

@testable import Web

/// A server around an ``EchoGenerator``, reached through its router or over a socket.
struct TestServer: Sendable {
  var configuration = WebConfiguration()
  let state = ServingState()
  let registry = MetricRegistry()
  let generator: EchoGenerator
  var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  init(_ options: EchoGenerator.Options = .init(), isReady: Bool = true) {
    generator = EchoGenerator(options)
    configuration.port = 0
    if isReady { becomeReady() }
  }

  func becomeReady() {
    state.becomeReady(
      ServedModel(
        name: "org/echo",
        root: "Models/echo",
        generator: generator
      )
    )
  }

  struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let text: String

    /// The body, or null where it is no JSON.
    var json: JSON { (try? JSON(parsing: text)) ?? .null }
    var error: JSON { json["error"] ?? .null }
  }

  /// Sends one request through the router, without a socket.
  func send(
    _ method: HTTPRequest.Method,
    _ path: String,
    _ body: String? = nil,
    headers: HTTPFields = [:]
  ) async throws -> Answer {
    try await makeServer().makeApplication().test(.router) { client in
      try await client.execute(
        uri: path,
        method: method,
        headers: headers,
        body: body.map { ByteBuffer(string: $0) }
      ) { response in
        Answer(
          status: response.status.code,
          headers: response.headers,
          text: String(buffer: response.body)
        )
      }
    }
  }

  func post(_ path: String, _ body: JSON, headers: HTTPFields = [:]) async throws -> Answer {
    try await send(.post, path, body.text, headers: headers)
  }

  /// Hands `body` a way to post many requests through one router; it returns each answer's status.
  func withRouter(
    _ body: @Sendable (_ post: (String, [UInt8]) async throws -> Int) async throws -> Void
  ) async throws {
    try await makeServer().makeApplication().test(.router) { client in
      try await body { path, bytes in
        try await client.execute(uri: path, method: .post, body: ByteBuffer(bytes: bytes)) {
          $0.status.code
        }
      }
    }
  }

  func makeServer(onListening: @escaping @Sendable (Int) -> Void = { _ in }) -> WebServer {
    WebServer(
      configuration: configuration,
      state: state,
      registry: registry,
      logger: logger,
      onListening: onListening
    )
  }

  /// Runs the server on a port of its own while `body` runs; ends with a graceful shutdown.
  func listen(
    _ body: @Sendable (_ port: Int, _ services: ServiceGroup) async throws -> Void
  ) async throws {
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    let server = makeServer { listening.yield($0) }
    let services = ServiceGroup(services: [server], logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await services.run() }
      for await port in ports {
        do { try await body(port, services) } catch {
          await services.triggerGracefulShutdown()
          throw error
        }
        break
      }
      await services.triggerGracefulShutdown()
      try await group.waitForAll()
    }
  }
}

/// The events of a server-sent event stream: each `data:` payload and each comment, in order.
func events(in text: String) -> [String] {
  text.components(separatedBy: "\n\n").filter { !$0.isEmpty }.map { event in
    event.hasPrefix("data: ") ? String(event.dropFirst(6)) : event
  }
}

extension String {
  /// Splits at every occurrence of `separator`.
  func components(separatedBy separator: String) -> [String] {
    var parts: [String] = []
    var rest = self[...]
    while let range = rest.firstRange(of: separator) {
      parts.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return parts + [String(rest)]
  }
}
