import Testing

@testable import Simulation

/// Calls, retries and timeouts, by hand: one request, no network.
@Suite struct CallTests {
  /// Runs one request through; its latency in milliseconds and the cluster after it.
  private func one(_ description: ClusterDescription) -> (Double, SimulatedCluster) {
    let load = RateTrace(step: .seconds(1), requestsPerSecond: [1, 0])
    var cluster = SimulatedCluster(description, load: load, seed: 1, isEven: true)
    cluster.advance(to: VirtualTime(.seconds(100)))
    return ((cluster.meanLatency * 1e6).rounded() / 1000, cluster)
  }

  @Test func `a call adds its time`() {
    let (latency, cluster) = one(
      Clusters.pair(calleeWork: .milliseconds(20), call: SimulatedCall(1))
    )
    #expect(cluster.entryMeters[0].endedCount == 1)
    #expect(latency == 21)
    #expect(cluster.endedSpanCount == 2)
  }

  @Test func `a call that is too slow is given up, tried again, and fails`() {
    let call = SimulatedCall(1, retryCount: 2, timeout: .milliseconds(50))
    let (_, cluster) = one(Clusters.pair(calleeWork: .milliseconds(200), call: call))
    // 1 ms of its own and three times 50 ms; the failures are known without delay.
    #expect(cluster.entryMeters[0].failedCount == 1)
    #expect(cluster.meters[0].failedCount == 1)
    // The server did not notice: all three tries were worked on to the end, each alone on a core.
    #expect(cluster.meters[1].arrivedCount == 3)
    #expect(cluster.meters[1].failedCount == 0)
    let busy = cluster.meters[1].meanBusy(at: cluster.now) * 100
    #expect(abs(busy - 0.6) < 1e-6)
    let caller = cluster.meters[0].meanBusy(at: cluster.now) * 100
    #expect(abs(caller - 0.151) < 1e-6)
  }

  @Test func `a server that checks for cancellation drops what waits and nobody wants`() {
    let call = SimulatedCall(1, retryCount: 2, timeout: .milliseconds(50))
    let (_, cluster) = one(
      Clusters.pair(
        calleeWork: .milliseconds(200),
        call: call,
        concurrency: 1,
        abandonment: .cancelled
      )
    )
    #expect(cluster.meters[1].arrivedCount == 3)
    #expect(cluster.meters[1].failedCount == 3)
    let busy = cluster.meters[1].meanBusy(at: cluster.now) * 100
    #expect(abs(busy - 0.2) < 1e-6)
  }

  @Test func `a timeout that is not reached changes nothing`() {
    let call = SimulatedCall(1, retryCount: 2, timeout: .milliseconds(50))
    let (latency, cluster) = one(Clusters.pair(calleeWork: .milliseconds(20), call: call))
    #expect(latency == 21)
    #expect(cluster.meters[1].arrivedCount == 1)
  }

  @Test func `repetitions wait longer and longer`() {
    var description = Clusters.pair(
      calleeWork: .milliseconds(1),
      call: SimulatedCall(1, retryCount: 3)
    )
    description.services[1].replicaCount = 0
    description.network.retryBackOff = .milliseconds(100)
    let (_, cluster) = one(description)
    #expect(cluster.meters[1].failedCount == 4)
    // At most 100 + 200 + 400 ms, on average half of it.
    let waited = cluster.meters[0].meanBusy(at: cluster.now) * 100
    #expect(waited > 0.01 && waited < 0.701)
  }

  @Test func `stages follow one another, branches run at once`() {
    func stage(_ operation: Int) -> SimulatedStage { .call(SimulatedCall(operation)) }
    let work = [1, 10, 20, 30, 40].map { Spread.constant(.milliseconds($0)) }
    var operations = work.enumerated().map { number, work in
      SimulatedOperation(name: "o\(number)", service: number, work: work)
    }
    // 1 + 10 + max(20 + 30, 40) + 10
    operations[0].stages = [
      stage(1), .parallel([.sequence([stage(2), stage(3)]), stage(4)]), stage(1),
    ]
    let (latency, cluster) = one(
      ClusterDescription(
        services: work.indices.map { SimulatedService(name: "s\($0)") },
        operations: operations,
        entryPoints: [SimulatedEntryPoint(name: "in", operation: 0)],
        network: Clusters.instantNetwork
      )
    )
    #expect(latency == 71)
    #expect(cluster.endedSpanCount == 6)
    #expect(cluster.frames.liveCount == 0)
  }

  @Test func `a call is made as often as its probability says`() {
    var description = Clusters.pair(calleeWork: .zero, call: SimulatedCall(1))
    description.operations[0].work = .zero
    description.operations[0].stages = [
      .call(SimulatedCall(1), probability: 0.25),
      .sequence([.call(SimulatedCall(1))], probability: 0.5),
    ]
    var cluster = SimulatedCluster(description, load: .constant(1000), seed: 5)
    cluster.advance(to: VirtualTime(.seconds(20)))
    let share = Double(cluster.meters[1].arrivedCount) / Double(cluster.meters[0].arrivedCount)
    #expect(abs(share - 0.75) < 0.02)
  }

  @Test func `a full queue refuses`() {
    var description = Clusters.single(work: .constant(.seconds(1)))
    description.services[0].queueLength = 2
    let load = RateTrace(step: .milliseconds(10), requestsPerSecond: [1000, 0])
    var cluster = SimulatedCluster(description, load: load, isEven: true)
    cluster.advance(to: VirtualTime(.seconds(10)))
    // Of ten at once, one is worked on and two wait.
    #expect(cluster.entryMeters[0].endedCount == 10)
    #expect(cluster.entryMeters[0].failedCount == 7)
  }
}
