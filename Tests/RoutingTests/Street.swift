import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Routing

/// A router, endpoints and a client on loopback, all on one event loop.
struct Street: Sendable {
  let eventLoop: any EventLoop
  private let caller: NIOLoopBound<HTTPCaller>

  /// Runs `body` on a street of its own.
  static func with(_ body: (Street) async throws -> Void) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    let caller = try await loop.submit {
      NIOLoopBound(HTTPCaller(eventLoop: loop), eventLoop: loop)
    }
    .get()
    try await body(Street(eventLoop: loop, caller: caller))
    try await loop.submit { caller.value.close() }.get()
    try await group.shutdownGracefully()
  }

  func proxy(_ configure: (inout ProxyConfiguration) -> Void = { _ in }) async throws
    -> ServiceProxy
  {
    var configuration = ProxyConfiguration(name: "shop", idSeed: 1)
    // Health is what the tests say, unless they ask for checks.
    configuration.pool.health.startInterval = .seconds(3600)
    configuration.pool.health.interval = .seconds(3600)
    configure(&configuration)
    return try await ServiceProxy.open(configuration, on: eventLoop)
  }

  /// An endpoint that answers whole requests as `answer` says.
  func endpoint(
    _ answer: @escaping @Sendable (HTTPAnswerer.Request) -> HTTPAnswerer.Reply
  ) async throws -> HTTPAnswerer {
    try await HTTPAnswerer.open(on: eventLoop) {
      { request, reply in reply(answer(request)) }
    }
  }

  /// A port at which nobody listens.
  func deadPort() async throws -> Int {
    let answerer = try await endpoint { _ in .breakOff }
    await answerer.close()
    return answerer.port
  }

  func call(
    _ method: HTTPMethod = .GET,
    _ path: String = "/",
    port: Int,
    headers: HTTPHeaders = [:],
    body: ByteBuffer? = nil,
    timeout: Duration? = nil
  ) async throws -> HTTPCaller.Answer {
    var head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
    head.headers.add(name: "host", value: "localhost")
    let address = EndpointAddress(port: port)
    return try await withCheckedThrowingContinuation { continuation in
      eventLoop.execute { [head] in
        caller.value.call(head, body: body, at: address, timeout: timeout) {
          continuation.resume(with: $0)
        }
      }
    }
  }

  /// Returns once `condition` holds; each look waits for the event loop's turn.
  func until(_ condition: () async -> Bool) async {
    while await !condition() { await Task.yield() }
  }
}

extension ServiceProxy {
  /// Adds an endpoint that has passed its health checks.
  func addReady(port: Int) async throws -> Endpoint.ID {
    let id = await add(EndpointAddress(port: port))
    try await eventLoop.submit { route.value.pool.note(.passed, of: id) }.get()
    return id
  }
}
