import Glibc
import Testing

@testable import Simulation

/// The queues against their closed forms; 10 ms of work on average throughout.
@Suite struct QueueingTests {
  private let service = 0.01

  private func run(_ description: ClusterDescription, load: Double, servers: Double = 1)
    -> SimulatedCluster
  {
    let rate = load * servers / service
    var cluster = SimulatedCluster(description, load: .constant(rate), seed: 11)
    cluster.advance(to: VirtualTime(.seconds(Int(100_000 / rate))))
    return cluster
  }

  /// How far a mean over 100,000 requests may be off: three standard errors of M/M/1's, which grow with load.
  private func tolerance(_ load: Double) -> Double { 0.01 + 0.01 / (1 - load) }

  @Test(arguments: [0.3, 0.6, 0.8])
  func `one server, exponential work: M/M/1`(load: Double) {
    let cluster = run(Clusters.single(work: .exponential(mean: .milliseconds(10))), load: load)
    let mean = service / (1 - load)
    #expect(abs(cluster.meanLatency / mean - 1) < tolerance(load))
    // The time in the system is exponential too.
    #expect(abs(cluster.latency(0.5) / (mean * log(2)) - 1) < tolerance(load) + 0.01)
    #expect(abs(cluster.latency(0.95) / (mean * log(20)) - 1) < tolerance(load) + 0.02)
    let busy = cluster.meters[0].meanBusy(at: cluster.now)
    #expect(abs(busy - load) < 0.02)
    let queued = load * load / (1 - load)
    #expect(abs(cluster.meters[0].meanQueued(at: cluster.now) / queued - 1) < 2 * tolerance(load))
  }

  @Test(arguments: [0.3, 0.6, 0.8])
  func `one server, constant work: M/D/1 (Pollaczek and Khinchine)`(load: Double) {
    let cluster = run(Clusters.single(work: .constant(.milliseconds(10))), load: load)
    let mean = service * (1 + load / (2 * (1 - load)))
    #expect(abs(cluster.meanLatency / mean - 1) < tolerance(load))
  }

  @Test(arguments: [(0.3, 2), (0.8, 2), (0.6, 4), (0.8, 4)])
  func `several servers, one queue: M/M/c (Erlang C)`(load: Double, servers: Int) {
    let description = Clusters.single(
      work: .exponential(mean: .milliseconds(10)),
      concurrency: servers,
      cores: Double(servers)
    )
    let cluster = run(description, load: load, servers: Double(servers))
    let mean = service + erlangC(load, servers) * service / (Double(servers) * (1 - load))
    #expect(abs(cluster.meanLatency / mean - 1) < tolerance(load))
  }

  @Test(arguments: [0.3, 0.6, 0.8])
  func `threads that share a core: the mean does not depend on the distribution (M/G/1-PS)`(
    load: Double
  ) {
    for work in [
      Spread.constant(.milliseconds(10)), .exponential(mean: .milliseconds(10)),
      .logNormal(mean: .milliseconds(10), variability: 2),
    ] {
      let cluster = run(Clusters.single(work: work, concurrency: .max, cores: 1), load: load)
      #expect(abs(cluster.meanLatency * (1 - load) / service - 1) < 1.5 * tolerance(load))
    }
  }

  @Test(arguments: [0.3, 0.8])
  func `random balancing makes queues that do not know of each other`(load: Double) {
    let description = Clusters.single(
      work: .exponential(mean: .milliseconds(10)),
      replicaCount: 4,
      balancing: .random
    )
    let cluster = run(description, load: load, servers: 4)
    #expect(abs(cluster.meanLatency * (1 - load) / service - 1) < tolerance(load))
  }

  @Test func `the least loaded replica is nearly as good as one queue`() {
    let description = Clusters.single(work: .exponential(mean: .milliseconds(10)), replicaCount: 4)
    let cluster = run(description, load: 0.8, servers: 4)
    let oneQueue = service * (1 + erlangC(0.8, 4) / (4 * 0.2))
    let alone = service / 0.2
    #expect(cluster.meanLatency > oneQueue)
    #expect(cluster.meanLatency < oneQueue + 0.2 * (alone - oneQueue))
  }

  @Test func `the rate that enters follows the trace`() {
    let trace = RateTrace(step: .seconds(1), requestsPerSecond: [1000, 0, 5000])
    var cluster = SimulatedCluster(Clusters.single(work: .zero), load: trace, seed: 3)
    var counts: [Int] = []
    for _ in 0..<3 {
      cluster.advance(by: .seconds(1))
      counts.append(cluster.entryMeters[0].arrivedCount - counts.reduce(0, +))
    }
    #expect(counts[1] == 0)
    for (count, rate) in zip(counts, [1000.0, 0, 5000]) {
      #expect(abs(Double(count) - rate) <= 4 * rate.squareRoot())
    }
  }

  /// The probability that a request has to wait.
  private func erlangC(_ load: Double, _ servers: Int) -> Double {
    let offered = load * Double(servers)
    var (term, sum) = (1.0, 0.0)
    for number in 0..<servers {
      sum += term
      term *= offered / Double(number + 1)
    }
    let waiting = term / (1 - load)
    return waiting / (sum + waiting)
  }
}
