import Applications
import Control
import Foundation
import OrderedCollections
import Randomness
import Testing

@testable import Simulation

@Suite struct DeterminismTests {
  /// Everything a controller sees in two minutes with faults of every kind, as JSON.
  private func trace(_ application: Application = .shop, seed: UInt64) throws -> Data {
    let world = SimulatedWorld(
      application,
      load: RateTrace(step: .seconds(10), requestsPerSecond: [40, 10, 90, 60]),
      faults: FaultPlan(meanTimeToCrash: .seconds(40), replicaSpeedVariability: 0.1),
      signalFaults: SignalFaultPlan(missing: 0.1, late: 0.1, repeated: 0.1, wrong: 0.1, noise: 0.1),
      seed: seed
    )
    var observations: [Observation] = []
    for tick in 1...24 {
      observations.append(world.observe(at: .seconds(5 * tick)))
      let count = 1 + tick % 3
      _ = world.apply(
        [Action("stock", replicaCount: count, because: Reason("test"))],
        at: world.now
      )
    }
    let encoder = JSONEncoder()
    // Without it the order of keys is chance.
    encoder.outputFormatting = .sortedKeys
    return try encoder.encode(observations)
  }

  @Test func `the same seed gives the same run, byte for byte`() throws {
    let first = try trace(seed: 1)
    #expect(try trace(seed: 1) == first)
    #expect(try trace(seed: 2) != first)
  }

  /// How long each request in a second took at the first entry point: with room for all, its own draws alone.
  private func latencies(_ description: ClusterDescription) -> SimulatedCluster {
    var cluster = SimulatedCluster(description, load: .constant(100), seed: 9)
    cluster.advance(to: VirtualTime(.seconds(20)))
    return cluster
  }

  @Test func `a service that is added changes no other's draws`() {
    var description = Clusters.pair(calleeWork: .milliseconds(3), call: SimulatedCall(1))
    description.operations[0].work = .exponential(mean: .milliseconds(2))
    description.operations[1].work = .logNormal(mean: .milliseconds(5), variability: 1)
    description.operations[0].stages = [.call(SimulatedCall(1), probability: 0.5)]
    let before = latencies(description)

    // A third service that is called first, and does nothing that takes time.
    description.services.append(SimulatedService(name: "c"))
    description.operations.append(SimulatedOperation(name: "watch", service: 2, work: .zero))
    description.operations[0].stages.insert(.call(SimulatedCall(2)), at: 0)
    let after = latencies(description)
    #expect(after.meters[2].arrivedCount > 0)
    #expect(after.entryMeters[0].arrivedCount == before.entryMeters[0].arrivedCount)
    #expect(after.meters[1].arrivedCount == before.meters[1].arrivedCount)
    #expect(after.entryMeters[0].latencies.sum == before.entryMeters[0].latencies.sum)
  }

  @Test func `a faster machine meets the same requests`() {
    func work(_ cores: Double) -> Double {
      let description = Clusters.single(
        work: .exponential(mean: .milliseconds(10)),
        concurrency: 100,
        cores: cores
      )
      var cluster = SimulatedCluster(
        description,
        load: RateTrace(step: .seconds(20), requestsPerSecond: [150, 0]),
        seed: 2
      )
      cluster.advance(to: VirtualTime(.seconds(60)))
      return cluster.ledger(of: 0).usedCoreSeconds
    }
    #expect(abs(work(2) - work(8)) < 1e-4)
  }
}

@Suite struct ConservationTests {
  @Test(arguments: UInt64(0)..<20)
  func `every request ends, whatever happens`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var description = Clusters.pair(
      calleeWork: .milliseconds(8),
      call: SimulatedCall(1, retryCount: 2, timeout: .milliseconds(40)),
      concurrency: 4,
      abandonment: Bool.random(using: &generator) ? .cancelled : .continues
    )
    description.services[1].queueLength = 20
    description.services[1].startupTime = .exponential(mean: .milliseconds(500))
    description.services[1].drainTime = .milliseconds(300)
    description.operations[0].stages = [
      .parallel([
        .call(SimulatedCall(1)), .sequence([.call(SimulatedCall(1)), .call(SimulatedCall(1))]),
      ]),
      .call(SimulatedCall(1, retryCount: 2, timeout: .milliseconds(40)), probability: 0.7),
    ]
    description.network = SimulatedNetwork()
    description.nodes = [SimulatedNode(name: "n", cores: 2), SimulatedNode(name: "m", cores: 1)]
    var cluster = SimulatedCluster(
      description,
      load: RateTrace(step: .seconds(10), requestsPerSecond: [120, 0]),
      faults: FaultPlan(meanTimeToCrash: .seconds(2)),
      seed: seed
    )
    for _ in 0..<40 {
      cluster.advance(by: .milliseconds(250))
      cluster.scale(1, to: Int.random(in: 0...5, using: &generator))
      let limit = Double.random(in: 0.05...1, using: &generator)
      cluster.resize(1, to: ReplicaSize(cpuRequest: limit / 2, cpuLimit: limit))
    }
    cluster.scale(1, to: 2)
    cluster.advance(to: VirtualTime(.seconds(400)))
    let total = cluster.entryMeters[0].total
    #expect(total.arrivedCount > 1000)
    #expect(total.endedCount == total.arrivedCount)
    #expect(cluster.spans.liveCount == 0)
    #expect(cluster.frames.liveCount == 0)
    for (_, replica) in cluster.replicas.live {
      #expect(replica.outstandingCount == 0)
      #expect(replica.heldCount == 0)
      #expect(replica.processor.isIdle)
    }
    for node in cluster.nodes {
      #expect(node.active.isEmpty)
    }
    cluster.meters[1].restart(at: cluster.now)
    let later = cluster.now + VirtualTime(.seconds(1))
    #expect(cluster.meters[1].meanQueued(at: later) == 0)
    #expect(cluster.meters[1].meanBusy(at: later) == 0)
  }
}
