import AsyncHTTPClient
import Glibc
import LocalCluster
import NIOCore
import NIOPosix

/// The HTTP client of load tests: one network thread, many connections, no help that would hide a failure.
struct LoadClient: Sendable {
  let http: HTTPClient
  /// Where the network's events come in.
  let thread: NetworkThread

  /// Hands `body` a client that holds at most `connectionLimit` connections and gives up on a quiet one
  /// after `timeout`.
  static func with<Value>(
    connectionLimit: Int,
    timeout: Duration,
    _ body: (LoadClient) async throws -> Value
  ) async throws -> Value {
    var configuration = HTTPClient.Configuration()
    configuration.httpVersion = .http1Only
    configuration.redirectConfiguration = .disallow
    configuration.decompression = .disabled
    configuration.timeout.connect = TimeAmount(min(timeout, .seconds(30)))
    configuration.timeout.read = TimeAmount(timeout)
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionLimit
    configuration.connectionPool.retryConnectionEstablishment = false
    // Shorter than servers keep quiet connections, which would otherwise close one as it is taken.
    configuration.connectionPool.idleTimeout = .seconds(30)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    group.next().takeShortTurns()
    let http = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    let client = LoadClient(http: http, thread: NetworkThread(group.next()))
    let result: Result<Value, any Error>
    do { result = .success(try await body(client)) } catch { result = .failure(error) }
    try await http.shutdown()
    try await group.shutdownGracefully()
    return try result.get()
  }
}

/// What went wrong on the way to a server or back.
enum NetworkFault {
  case cancelled
  case timedOut
  case broken(reason: String)

  init(_ error: any Error) {
    switch error {
    case is CancellationError: self = .cancelled
    case let error as HTTPClientError where error == .cancelled: self = .cancelled
    case let error as HTTPClientError where Self.timeouts.contains(error): self = .timedOut
    case let error as HTTPClientError: self = .broken(reason: error.shortDescription)
    case let error as IOError: self = .broken(reason: String(cString: strerror(error.errnoCode)))
    case let error as NIOConnectionError: self = .broken(reason: Self.reason(error))
    default: self = .broken(reason: "\(error)")
    }
  }

  private static let timeouts: [HTTPClientError] = [
    .deadlineExceeded, .readTimeout, .connectTimeout, .getConnectionFromPoolTimeout, .writeTimeout,
  ]

  /// A connection may have been tried at several addresses; the first says why.
  private static func reason(_ error: NIOConnectionError) -> String {
    guard let first = error.connectionErrors.first else { return "\(error.host) has no address" }
    if case .broken(let reason) = NetworkFault(first.error) { return reason }
    return "\(first.error)"
  }
}
