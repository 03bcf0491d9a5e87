/// One replica that requests can be sent to, as its pool sees it.
package struct Endpoint: Hashable, Sendable, Identifiable {
  /// Never used again once the endpoint is gone, so that a late answer finds nobody else.
  package struct ID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let rawValue: Int

    package static func < (left: ID, right: ID) -> Bool { left.rawValue < right.rawValue }
    package var description: String { "endpoint \(rawValue)" }
  }

  /// What an endpoint may be sent.
  package enum State: Hashable, Sendable {
    /// Has not passed a health check yet.
    case starting
    case ready
    /// Was ready and fails its health checks.
    case unready
    /// Failed requests while it passed its health checks; gets none until then.
    case ejected(until: Duration)
    /// Finishes what it has begun; there is no way back.
    case draining
  }

  package let id: ID
  package let address: EndpointAddress
  package internal(set) var state = State.starting
  /// The requests that it is working on, and how many there were over time.
  package internal(set) var load: LoadIntegral
  var health = HealthRecord()
  var conduct = ConductRecord()

  init(id: ID, address: EndpointAddress, concurrency: Int) {
    self.id = id
    self.address = address
    load = LoadIntegral(concurrency: concurrency)
  }

  /// Whether it is draining and has finished everything.
  package var isDrained: Bool { state == .draining && load.current == 0 }
}

/// Where an endpoint listens.
package struct EndpointAddress: Hashable, Sendable, CustomStringConvertible {
  /// An IP address in text form; names are not resolved.
  package let host: String
  package let port: Int

  package init(host: String = "127.0.0.1", port: Int) {
    self.host = host
    self.port = port
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
