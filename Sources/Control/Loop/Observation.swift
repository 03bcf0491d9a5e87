package import Applications
package import OrderedCollections

/// Everything a controller may know at one moment, from any world.
///
/// Time is the time since the world began; no part of `Control` reads a clock. Entries stand in the order of the
/// application document, so that equal observations are equal byte for byte.
package struct Observation: Hashable, Sendable, Codable {
  package var time: Duration
  package var services: OrderedDictionary<ServiceName, ServiceObservation>
  package var entryPoints: OrderedDictionary<EntryPointName, Signals>

  package init(
    time: Duration,
    services: OrderedDictionary<ServiceName, ServiceObservation> = [:],
    entryPoints: OrderedDictionary<EntryPointName, Signals> = [:]
  ) {
    self.time = time
    self.services = services
    self.entryPoints = entryPoints
  }
}

/// One service: what it was last told to be, what it is, and its signals.
package struct ServiceObservation: Hashable, Sendable, Codable {
  /// The number of replicas that the world works towards.
  package var desiredReplicaCount: Int
  /// The resources that every replica has or is about to get.
  package var resources: Resources
  /// All replicas that exist, also those that start or drain.
  package var replicas: [ReplicaObservation]
  package var signals: Signals

  package init(
    desiredReplicaCount: Int,
    resources: Resources,
    replicas: [ReplicaObservation] = [],
    signals: Signals = Signals()
  ) {
    self.desiredReplicaCount = desiredReplicaCount
    self.resources = resources
    self.replicas = replicas
    self.signals = signals
  }

  package var readyReplicaCount: Int { replicas.count { $0.phase == .ready } }
}

/// One replica.
package struct ReplicaObservation: Hashable, Sendable, Codable {
  /// Unique within the service and never used again: the n-th replica ever started is n.
  package var ordinal: Int
  package var phase: Phase
  /// When it was told to start.
  package var startedAt: Duration
  /// When its phase last changed to or from ready; nil if it never was ready.
  package var readinessChangedAt: Duration?
  package var resources: Resources
  package var restartCount: Int
  /// The replica's own share; a world may leave out what it does not measure per replica.
  package var signals: Signals

  package init(
    ordinal: Int,
    phase: Phase,
    startedAt: Duration,
    readinessChangedAt: Duration? = nil,
    resources: Resources,
    restartCount: Int = 0,
    signals: Signals = Signals()
  ) {
    self.ordinal = ordinal
    self.phase = phase
    self.startedAt = startedAt
    self.readinessChangedAt = readinessChangedAt
    self.resources = resources
    self.restartCount = restartCount
    self.signals = signals
  }

  package enum Phase: String, Hashable, Sendable, Codable {
    /// Waiting for a place on a node.
    case pending
    case starting
    case ready
    /// Running, but failing its health check.
    case unready
    /// Finishing what it has begun; gets no new requests.
    case draining
    /// Ended by itself; will be restarted.
    case crashed
  }
}
