package import NIOCore

/// The application's front door: one port, and below it each entry point by its name.
///
/// A request for `/NAME/rest` goes to the service behind the entry point NAME, in one hop.
package struct Gateway: Sendable {
  /// What an entry point stands for.
  package struct Target: Sendable {
    package let service: ServiceProxy
    /// The path at the service, such as `/checkout`.
    package let path: String

    package init(service: ServiceProxy, path: String) {
      self.service = service
      self.path = path
    }
  }

  package let port: Int
  private let eventLoop: any EventLoop
  private let entrances: NIOLoopBound<[String: Entrance]>
  private let listener: Listener

  /// Opens a port; all targets must live on `eventLoop`.
  /// - Throws: what the system says, such as that the port is in use.
  package static func open(
    _ targets: [String: Target],
    on eventLoop: any EventLoop,
    host: String = "127.0.0.1",
    port: Int = 0
  ) async throws -> Gateway {
    try await eventLoop.flatSubmit {
      let entrances = targets.mapValues { Entrance(route: $0.service.route.value, path: $0.path) }
      let bound = NIOLoopBound(entrances, eventLoop: eventLoop)
      return Listener.open(.entrances(entrances), on: eventLoop, host: host, port: port).map {
        Gateway(port: $0.port, eventLoop: eventLoop, entrances: bound, listener: $0)
      }
    }.get()
  }

  /// The accounts of every entry point.
  package func ledgers() async -> [String: RequestLedger] {
    let entrances = entrances
    do {
      return try await eventLoop.submit { entrances.value.mapValues(\.ledger) }.get()
    } catch {
      preconditionFailure("the router's event loop is gone: \(error)")
    }
  }

  /// Stops taking requests; those that have begun go on.
  package func close() async { await listener.close() }

  /// Closes what clients have left open.
  package func closeClients() async { await listener.closeClients() }
}
