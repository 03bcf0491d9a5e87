package import NIOCore

/// A service's place in the router: a port that clients call, and the endpoints behind it.
///
/// A handle: the state lives on one event loop. All methods wait for that loop and may be called from anywhere.
package struct ServiceProxy: Sendable {
  /// What clients call.
  package let port: Int
  let eventLoop: any EventLoop
  let route: NIOLoopBound<ServiceRoute>
  private let prober: NIOLoopBound<HealthProber>
  private let listener: Listener

  /// Opens a port; `port` 0 lets the system choose. Times are counted from `epoch`.
  /// - Throws: what the system says, such as that the port is in use.
  package static func open(
    _ configuration: ProxyConfiguration,
    on eventLoop: any EventLoop,
    host: String = "127.0.0.1",
    port: Int = 0,
    epoch: NIODeadline = .now()
  ) async throws -> ServiceProxy {
    try await eventLoop.flatSubmit {
      let route = ServiceRoute(configuration, eventLoop: eventLoop, epoch: epoch)
      let prober = HealthProber(route)
      let bound = (
        NIOLoopBound(route, eventLoop: eventLoop), NIOLoopBound(prober, eventLoop: eventLoop)
      )
      prober.start()
      return Listener.open(.service(route), on: eventLoop, host: host, port: port).map {
        ServiceProxy(
          port: $0.port,
          eventLoop: eventLoop,
          route: bound.0,
          prober: bound.1,
          listener: $0
        )
      }
    }.get()
  }

  /// Adds an endpoint, which gets requests once it has passed its health checks.
  package func add(_ address: EndpointAddress) async -> Endpoint.ID {
    await onLoop { $0.add(address) }
  }

  /// Sends this endpoint nothing more; what it has begun it may finish.
  package func drain(_ id: Endpoint.ID) async { await onLoop { $0.pool.drain(id) } }

  /// Forgets an endpoint that is drained or dead.
  package func remove(_ id: Endpoint.ID) async { await onLoop { $0.remove(id) } }

  /// Everything the router knows of the service now.
  package func snapshot() async -> ServiceSnapshot {
    await onLoop { route in
      ServiceSnapshot(time: route.now, ledger: route.ledger, endpoints: route.pool.endpoints)
    }
  }

  /// The endpoints as they are now.
  package func endpoints() async -> [Endpoint] { await onLoop { $0.pool.endpoints } }

  /// Stops taking requests and closes all connections.
  package func close() async {
    await listener.close()
    await onLoop { $0.removeAll() }
    _ = try? await eventLoop.submit { prober.value.stop() }.get()
    await listener.closeClients()
  }

  private func onLoop<Value: Sendable>(
    _ body: @escaping @Sendable (ServiceRoute) -> Value
  ) async -> Value {
    let route = route
    do {
      return try await eventLoop.submit { body(route.value) }.get()
    } catch {
      preconditionFailure("the router's event loop is gone: \(error)")
    }
  }
}

/// What the router knows of one service at one moment.
package struct ServiceSnapshot: Sendable {
  /// Since the router's epoch.
  package let time: Duration
  package let ledger: RequestLedger
  package let endpoints: [Endpoint]
}
