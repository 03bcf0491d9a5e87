import Testing

@testable import Simulation

/// Threads that wait for a CPU that another has, though one is idle.
@Suite struct MisplacementTests {
  private func probability(cores: Double, demand: Double) -> Double {
    var node = NodeState(SimulatedNode(name: "n", cores: cores))
    node.change(.none, from: 0, to: demand)
    return node.misplacementProbability
  }

  @Test func `it is likelier the more CPUs are taken, and rare on a large machine`() {
    #expect(probability(cores: 2, demand: 0) == 0)
    #expect(probability(cores: 2, demand: 1) == 0.25)
    #expect(probability(cores: 2, demand: 2) == 0.5)
    #expect(probability(cores: 2, demand: 7) == 0.5)
    #expect(probability(cores: 8, demand: 4) == 0.5 / 128)
    #expect(probability(cores: 1e9, demand: 32) < 1e-9)
  }

  /// Latencies where the thread of the request before is still at work, one CPU of two is idle, and each computes
  /// for 15 ms.
  private func overlapping(turn: Duration) -> SimulatedCluster {
    var description = Clusters.single(
      work: .constant(.milliseconds(15)),
      concurrency: 32,
      cores: 2
    )
    description.nodes[0].turn = turn
    let load = RateTrace(step: .seconds(100), requestsPerSecond: [100, 0])
    var cluster = SimulatedCluster(description, load: load, seed: 1, isEven: true)
    cluster.advance(to: VirtualTime(.seconds(200)))
    return cluster
  }

  @Test func `a quarter of the threads that find one of two CPUs taken wait for some of a turn`() {
    let cluster = overlapping(turn: .milliseconds(5))
    #expect(cluster.entryMeters[0].endedCount == 10_000)
    // A mean of a quarter of half a turn; more where a request that waited meets two others.
    #expect(cluster.meanLatency > 0.015_55)
    #expect(cluster.meanLatency < 0.016)
    #expect(cluster.latency(0.7) < 0.015_2)
    #expect(cluster.latency(0.9) > 0.017)
    #expect(cluster.latency(1) < 0.023)
  }

  @Test func `without turns nobody waits`() {
    let cluster = overlapping(turn: .zero)
    #expect(cluster.entryMeters[0].endedCount == 10_000)
    #expect(abs(cluster.meanLatency - 0.015) < 1e-6)
  }
}
