@testable import Simulation

/// Small clusters for tests: no network delay, one replica, unless asked otherwise.
enum Clusters {
  static let instantNetwork = SimulatedNetwork(hop: .zero, entryHop: .zero, retryBackOff: .zero)

  /// One service that does one thing.
  static func single(
    work: Spread,
    concurrency: Int = 1,
    cores: Double = 1e6,
    limit: Double = .infinity,
    replicaCount: Int = 1,
    balancing: SimulatedService.Balancing = .leastLoaded
  ) -> ClusterDescription {
    ClusterDescription(
      services: [
        SimulatedService(
          name: "a",
          size: ReplicaSize(cpuRequest: 0.001, cpuLimit: limit),
          replicaCount: replicaCount,
          concurrency: concurrency,
          queueLength: .max,
          balancing: balancing
        )
      ],
      operations: [SimulatedOperation(name: "do", service: 0, work: work)],
      entryPoints: [SimulatedEntryPoint(name: "in", operation: 0)],
      nodes: [SimulatedNode(name: "n", cores: cores)],
      network: instantNetwork
    )
  }

  /// `a` works for a millisecond, then calls `b`.
  static func pair(
    calleeWork: Duration,
    call: SimulatedCall,
    concurrency: Int = 32,
    abandonment: SimulatedService.Abandonment = .continues
  ) -> ClusterDescription {
    ClusterDescription(
      services: [
        SimulatedService(name: "a"),
        SimulatedService(name: "b", concurrency: concurrency, abandonment: abandonment),
      ],
      operations: [
        SimulatedOperation(
          name: "do",
          service: 0,
          work: .constant(.milliseconds(1)),
          stages: [.call(call)]
        ),
        SimulatedOperation(name: "help", service: 1, work: .constant(calleeWork)),
      ],
      entryPoints: [SimulatedEntryPoint(name: "in", operation: 0)],
      network: instantNetwork
    )
  }
}

extension SimulatedCluster {
  /// Mean time from request to answer at the first entry point, in seconds.
  var meanLatency: Double {
    entryMeters[0].latencies.sum / Double(entryMeters[0].latencies.count) * 1e-9
  }

  func latency(_ share: Double) -> Double {
    entryMeters[0].latencies.quantile(share).map { VirtualTime($0).seconds } ?? .nan
  }

  mutating func advance(by duration: Duration) { advance(to: now + VirtualTime(duration)) }
}
