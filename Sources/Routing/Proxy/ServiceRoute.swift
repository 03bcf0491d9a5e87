import NIOCore

/// What one service's requests share on the event loop: endpoints, connections, accounts.
///
/// Not `Sendable`: it belongs to one event loop, on which everything that serves the service runs, so no state
/// is ever locked or read twice.
final class ServiceRoute {
  let configuration: ProxyConfiguration
  let eventLoop: any EventLoop
  var pool: EndpointPool
  var ledger = RequestLedger()
  private var connections: [Endpoint.ID: ConnectionPool] = [:]
  private var retriesInFlight = 0
  private let epoch: NIODeadline
  private var lastRequestNumber: UInt64 = 0

  init(_ configuration: ProxyConfiguration, eventLoop: any EventLoop, epoch: NIODeadline) {
    self.configuration = configuration
    self.eventLoop = eventLoop
    self.epoch = epoch
    pool = EndpointPool(configuration.pool)
  }

  /// Time since the epoch.
  var now: Duration { .nanoseconds((NIODeadline.now() - epoch).nanoseconds) }

  func add(_ address: EndpointAddress) -> Endpoint.ID {
    let id = pool.add(address)
    connections[id] = ConnectionPool(
      eventLoop: eventLoop,
      address: address,
      connectTimeout: TimeAmount(configuration.connectTimeout)
    )
    return id
  }

  func remove(_ id: Endpoint.ID) {
    pool.remove(id)
    connections.removeValue(forKey: id)?.close()
  }

  func removeAll() {
    for endpoint in pool.endpoints { remove(endpoint.id) }
  }

  /// Calls back with a connection to the endpoint, or nil if it cannot be reached.
  func lease(_ id: Endpoint.ID, _ ready: @escaping (UpstreamConnection?) -> Void) {
    guard let connections = connections[id] else { return ready(nil) }
    connections.lease(ready)
  }

  func sweepConnections() {
    for pool in connections.values { pool.sweep() }
  }

  /// Takes a place for a retry out of the budget; false if it is spent.
  func beginRetry() -> Bool {
    let policy = configuration.retry
    guard policy.allows(retriesInFlight: retriesInFlight, requestsInFlight: ledger.inFlightCount)
    else { return false }
    retriesInFlight += 1
    return true
  }

  func endRetry() { retriesInFlight -= 1 }

  /// An identifier for a request that came without one.
  func makeRequestID() -> String {
    lastRequestNumber += 1
    return "\(configuration.name)-\(String(configuration.idSeed &+ lastRequestNumber, radix: 16))"
  }
}
