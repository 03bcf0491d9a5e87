import NIOCore
import NIOHTTP1
import NIOPosix

/// The connections to one address: idle ones are used again, the latest first, and new ones made when none is.
///
/// Lives on one event loop. Unbounded while busy: how many requests an endpoint gets is its balancer's choice.
final class ConnectionPool {
  /// Shorter than the idle time after which common servers close (Node's 5 s is the shortest), so that a
  /// request rarely meets a connection that is just being closed.
  static let idleLimit = TimeAmount.seconds(4)

  private let eventLoop: any EventLoop
  private let address: EndpointAddress
  private let connectTimeout: TimeAmount
  private var idle: [UpstreamConnection] = []
  private var isClosed = false

  init(eventLoop: any EventLoop, address: EndpointAddress, connectTimeout: TimeAmount = .seconds(1))
  {
    self.eventLoop = eventLoop
    self.address = address
    self.connectTimeout = connectTimeout
  }

  /// Calls back with a connection, at once if one is idle; with nil if none can be made.
  func lease(_ ready: @escaping (UpstreamConnection?) -> Void) {
    while let connection = idle.popLast() {
      if connection.isActive { return ready(connection) }
    }
    connect(ready)
  }

  func takeBack(_ connection: UpstreamConnection) {
    if isClosed { connection.abort() } else { idle.append(connection) }
  }

  func forget(_ connection: UpstreamConnection) {
    idle.removeAll { $0 === connection }
  }

  /// Closes what has been idle for too long.
  func sweep(at now: NIODeadline = .now()) {
    let isStale = { (connection: UpstreamConnection) in connection.idleSince + Self.idleLimit < now
    }
    let stale = idle.filter(isStale)
    idle.removeAll(where: isStale)
    for connection in stale { connection.abort() }
  }

  /// Closes all idle connections, and each busy one once its answer is complete.
  func close() {
    isClosed = true
    let connections = idle
    idle = []
    for connection in connections { connection.abort() }
  }

  private func connect(_ ready: @escaping (UpstreamConnection?) -> Void) {
    guard let target = try? SocketAddress(ipAddress: address.host, port: address.port) else {
      return ready(nil)
    }
    let bound = NIOLoopBound(self, eventLoop: eventLoop)
    ClientBootstrap(group: eventLoop)
      .connectTimeout(connectTimeout)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
          try pipeline.addHandler(UpstreamConnection(channel: channel, pool: bound.value))
        }
      }
      .connect(to: target)
      .assumeIsolated()
      .whenComplete { result in
        let channel = try? result.get()
        ready(try? channel?.pipeline.syncOperations.handler(type: UpstreamConnection.self))
      }
  }
}
