import Applications
import Control
import OrderedCollections
import Testing

@testable import Policies

@Suite struct LSRAMPolicyTests {
  /// A front that takes 1 ms and a store that takes 4 ms of a whole core, in a chain.
  private static func application(
    bound: String = "100ms",
    cores: Double = 1
  ) throws -> Application {
    try Application(
      parsing: """
        apiVersion: plimsoll.dev/v1alpha1
        kind: Application
        metadata: {name: test}
        spec:
          entryPoints:
          - {name: get, service: front, operation: get, slo: {quantile: 0.95, bound: \(bound), window: 1m}}
          services:
          - name: front
            resources: {requests: {cpu: \(cores)}, limits: {cpu: \(cores)}}
            replicas: {max: 100}
            operations:
            - name: get
              work: {cpu: 1ms}
              calls: [{service: store, operation: read}]
          - name: store
            resources: {requests: {cpu: \(cores)}, limits: {cpu: \(cores)}}
            replicas: {max: 100}
            operations:
            - {name: read, work: {cpu: 4ms}}
        """
    )
  }

  private static func policy(
    _ parameters: String = "",
    bound: String = "100ms",
    cores: Double = 1
  ) throws -> LSRAMPolicy {
    try LSRAMPolicy(
      PolicySetting(
        application: application(bound: bound, cores: cores),
        parameters: PolicyParameters(parsing: parameters, of: LSRAMPolicy.descriptor)
      )
    )
  }

  /// One slice: the rate at the entry, the replicas there are, the measured tail in seconds.
  private static func situation(
    slice: Int,
    rate: Double,
    replicas: (front: Int, store: Int),
    tail: Double? = nil,
    cpuPerRequest: (front: Double, store: Double) = (0.001, 0.004)
  ) -> Situation {
    let window = Duration.seconds(15)
    func service(_ count: Int) -> ServiceObservation {
      let resources = Resources(ResourceAmount(cpu: Millicores(1000), memory: .mebibytes(64)))
      return ServiceObservation(
        desiredReplicaCount: count,
        resources: resources,
        replicas: (0..<count).map {
          ReplicaObservation(
            ordinal: $0,
            phase: .ready,
            startedAt: .zero,
            readinessChangedAt: .zero,
            resources: resources
          )
        },
        signals: [.requestRate: Signal(rate, .requestsPerSecond, window: window)]
      )
    }
    var entry: Signals = [.requestRate: Signal(rate, .requestsPerSecond, window: window)]
    if let tail { entry[.latencyAtSLO] = Signal(tail, .seconds, window: .seconds(60)) }
    let profiles: OrderedDictionary<ServiceName, ServiceProfile> = [
      "front": ServiceProfile(
        cpuPerRequest: .seconds(cpuPerRequest.front),
        startupTime: .seconds(5)
      ),
      "store": ServiceProfile(
        cpuPerRequest: .seconds(cpuPerRequest.store),
        startupTime: .seconds(5)
      ),
    ]
    return Situation(
      observation: Observation(
        time: .seconds(15 * slice),
        services: ["front": service(replicas.front), "store": service(replicas.store)],
        entryPoints: ["get": entry]
      ),
      profile: Profile(services: profiles)
    )
  }

  private static func counts(_ decision: Decision) -> [ServiceName: Int] {
    Dictionary(
      uniqueKeysWithValues: decision.actions.compactMap { action in
        action.replicaCount.map { (action.service, $0) }
      }
    )
  }

  @Test func `a generous budget takes replicas to the highest rate that is assumed`() throws {
    var policy = try Self.policy()
    let decision = policy.decide(on: Self.situation(slice: 1, rate: 1000, replicas: (1, 1)))
    // a = ln 20 · (1 + 0.5²)/2 = 1.872; at the highest rate assumed, 850 and 212.5 requests/s, a replica answers
    // within 12.6 and 50.2 ms, which 100 ms have room for.
    #expect(Self.counts(decision) == ["front": 2, "store": 5])
    for action in decision.actions { #expect(action.reason.words.contains("of the budget")) }
  }

  @Test func `a tighter promise takes more replicas`() throws {
    var policy = try Self.policy(bound: "30ms")
    let counts = Self.counts(
      policy.decide(on: Self.situation(slice: 1, rate: 1000, replicas: (1, 1)))
    )
    let store = try #require(counts["store"])
    let front = try #require(counts["front"])
    #expect(store > 5 && front >= 2)
  }

  @Test func `a promise that idle replicas break names the service that binds`() throws {
    // Of two stages the tails add up to 1.24 times the whole's: the budget is 8.7 ms.
    var policy = try Self.policy(bound: "7ms")
    let decision = policy.decide(on: Self.situation(slice: 1, rate: 1000, replicas: (1, 1)))
    let reason = try #require(decision.actions.first { $0.service == "store" }).reason.words
    #expect(reason.contains("9 ms is less than the 10 ms of idle replicas, most of them of store"))
    #expect(Self.counts(decision) == ["front": 2, "store": 6])
  }

  @Test(arguments: [(1.0, 10), (0.5, 5)])
  func `a measured service is planned as measured, if it was measured at its size`(
    cores: Double,
    expected: Int
  ) throws {
    let curve = LoadLatencyCurve(
      quantile: 0.95,
      cores: cores,
      form: LoadLatencyForm(base: 0, scale: 0.1, capacity: 101),
      testedRate: 100,
      error: 0
    )
    var policy = try LSRAMPolicy(
      PolicySetting(application: Self.application(bound: "500ms"), curves: ["store": curve])
    )
    let decision = policy.decide(on: Self.situation(slice: 1, rate: 1000, replicas: (1, 1)))
    #expect(Self.counts(decision)["store"] == expected)
  }

  @Test func `an idle replica works at full speed, whatever its quota`() throws {
    // Half a core would need 20 ms for what a core does in 10, were it half as fast.
    var policy = try Self.policy(bound: "15ms", cores: 0.5)
    let decision = policy.decide(on: Self.situation(slice: 1, rate: 100, replicas: (1, 1)))
    let words = decision.actions.map(\.reason.words) + decision.holds.map(\.reason.words)
    #expect(!words.isEmpty)
    #expect(!words.contains { $0.contains("idle replicas") }, "\(words)")
  }

  @Test func `replicas go only after three slices that agree, a fifth at a time`() throws {
    var policy = try Self.policy("smoothing=1")
    let high = Self.situation(slice: 0, rate: 1000, replicas: (2, 5))
    #expect(Self.counts(policy.decide(on: high)).isEmpty)
    for slice in 1...2 {
      let decision = policy.decide(on: Self.situation(slice: slice, rate: 100, replicas: (2, 5)))
      #expect(Self.counts(decision).isEmpty, "slice \(slice)")
      #expect(!decision.holds.isEmpty)
    }
    let third = policy.decide(on: Self.situation(slice: 3, rate: 100, replicas: (2, 5)))
    #expect(Self.counts(third) == ["front": 1, "store": 4])
  }

  @Test func `an image that became slow is given more replicas after three slices`() throws {
    var policy = try Self.policy()
    var store = 0
    for slice in 1...3 {
      let decision = policy.decide(
        on: Self.situation(
          slice: slice,
          rate: 1000,
          replicas: (2, 5),
          cpuPerRequest: (0.001, 0.006)
        )
      )
      store = Self.counts(decision)["store"] ?? 5
      if slice < 3 { #expect(store == 5) }
    }
    // 1.5 times the work at 85 % of the capacity: 1000 / 141.7.
    #expect(store == 8)
  }

  @Test func `a broken promise grows the service that is behind its share, and no other`() throws {
    var policy = try Self.policy()
    let late = Self.situation(slice: 1, rate: 1000, replicas: (2, 4), tail: 0.3)
    let decision = policy.decide(on: late)
    #expect(Self.counts(decision) == ["store": 5])
    let action = try #require(decision.actions.first)
    #expect(action.reason.words.contains("behind its share"))
  }

  @Test func `air in the tail grows the budget once a window`() throws {
    let application = try Self.application()
    var promise = try #require(
      Promise(application.entryPoints[0], in: application, index: ["front": 0, "store": 1])
    )
    let first = promise.budget
    #expect(first > 0.1 && first < 0.13)
    for slice in 0..<8 {
      promise.observe(
        Self.situation(slice: slice, rate: 1, replicas: (1, 1), tail: 0.05).observation
      )
    }
    // Eight slices of 15 s are two windows of a minute.
    #expect(abs(promise.budget - first * 1.175 * 1.175) < 1e-9)
  }

  @Test(arguments: ["equal", "proportional", "greedy", "closed-form"])
  func `every split that ships keeps up with the demand`(split: String) throws {
    var policy = try Self.policy("split=\(split)")
    let counts = Self.counts(
      policy.decide(on: Self.situation(slice: 1, rate: 1000, replicas: (1, 1)))
    )
    #expect(try #require(counts["front"]) >= 2)
    #expect(try #require(counts["store"]) >= 5)
  }

  @Test func `a silent entry point changes nothing and says so`() throws {
    var policy = try Self.policy()
    var situation = Self.situation(slice: 1, rate: 1000, replicas: (1, 1))
    situation.observation.entryPoints["get"] = Signals()
    let decision = policy.decide(on: situation)
    #expect(decision.actions.isEmpty)
    #expect(decision.holds.map(\.service) == ["front", "store"])
  }
}
