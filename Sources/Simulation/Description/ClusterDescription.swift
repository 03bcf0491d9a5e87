package import Control

/// What is simulated: services and their operations, the ways in, the machines and the network between them.
///
/// Plain tables that refer to each other by index; an `Application` is compiled into it. A service or operation
/// that is added at the end changes nothing for those before it, their random draws included.
package struct ClusterDescription: Sendable {
  package var services: [SimulatedService]
  /// The operations of all services.
  package var operations: [SimulatedOperation]
  package var entryPoints: [SimulatedEntryPoint]
  /// Empty: one machine without bounds.
  package var nodes: [SimulatedNode]
  package var network: SimulatedNetwork
  package var restartBackoff: RestartBackoff

  package init(
    services: [SimulatedService],
    operations: [SimulatedOperation],
    entryPoints: [SimulatedEntryPoint],
    nodes: [SimulatedNode] = [],
    network: SimulatedNetwork = SimulatedNetwork(),
    restartBackoff: RestartBackoff = RestartBackoff()
  ) {
    self.services = services
    self.operations = operations
    self.entryPoints = entryPoints
    self.nodes = nodes
    self.network = network
    self.restartBackoff = restartBackoff
  }
}

/// A way in: which operation it asks for, and its part of all requests.
package struct SimulatedEntryPoint: Sendable {
  package var name: String
  /// Index among the operations.
  package var operation: Int
  package var weight: Double
  package var promise: PromiseRecord.Promise?

  package init(
    name: String,
    operation: Int,
    weight: Double = 1,
    promise: PromiseRecord.Promise? = nil
  ) {
    self.name = name
    self.operation = operation
    self.weight = weight
    self.promise = promise
  }
}

/// One machine.
package struct SimulatedNode: Sendable {
  package var name: String
  package var cores: Double
  package var memory: Int64
  /// How fast a core is against the one on which the work was measured.
  package var speed: Double
  /// How much of a quota that it did not use a replica keeps for the next period, at most.
  package var keptQuota: Duration
  /// How long a thread may be in the way of another that is woken onto its CPU, at most; see ``NodeState/misplacementProbability``.
  package var turn: Duration

  package init(
    name: String,
    cores: Double,
    memory: Int64 = .max,
    speed: Double = 1,
    keptQuota: Duration = .zero,
    turn: Duration = .zero
  ) {
    self.name = name
    self.cores = cores
    self.memory = memory
    self.speed = speed
    self.keptQuota = keptQuota
    self.turn = turn
  }

  /// A millisecond for each core: what Linux leaves with a CPU whose threads of a control group sleep.
  static func keptQuota(cores: Double) -> Duration { .milliseconds(1) * Int(cores.rounded(.up)) }

  /// What Linux lets a computing thread have while another waits for its CPU, to a tick of 4 ms.
  static let linuxTurn = Duration.milliseconds(5)

  /// Room for everything.
  static let boundless = SimulatedNode(name: "boundless", cores: 1e9)
}

/// What lies between services.
package struct SimulatedNetwork: Sendable {
  /// One way, from one service to another: half of what a call takes there and back in the local world, beyond the
  /// CPU time of the work (`make bench-hop`, docs/results/fidelity.md).
  package var hop: Spread
  /// One way between the user and the first service: half of what a request to a service that calls nobody takes
  /// in the local world beyond its work, the load generator's own time included.
  package var entryHop: Spread
  /// How long a caller waits before it tries again, at most, after its first failure.
  ///
  /// Doubles with every failure up to ten times this, and the wait is uniform below that bound: Envoy's
  /// defaults (`retry_back_off`, 25 ms, fully jittered).
  package var retryBackOff: Duration

  package init(
    hop: Spread = .delay(least: .microseconds(54), jitter: .microseconds(27)),
    entryHop: Spread = .delay(least: .microseconds(365), jitter: .microseconds(137)),
    retryBackOff: Duration = .milliseconds(25)
  ) {
    self.hop = hop
    self.entryHop = entryHop
    self.retryBackOff = retryBackOff
  }
}
