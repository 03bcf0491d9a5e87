import Applications
import Control
import OrderedCollections
import Testing

@testable import Policies

@Suite struct OraclePolicyTests {
  /// `front` calls `back` twice in half the cases; 10 ms and 20 ms of CPU on half a core each.
  private var application: Application {
    typealias Service = Application.Service
    let work = { (milliseconds: Int) in Application.Work(cpu: .milliseconds(milliseconds)) }
    let call = Application.Call(service: "back", operation: "get", probability: 0.5, count: 2)
    let resources = Resources(ResourceAmount(cpu: Millicores(500), memory: .mebibytes(64)))
    return Application(
      metadata: Application.Metadata(name: "two"),
      spec: Application.Spec(
        entryPoints: [
          Application.EntryPoint(name: "index", service: "front", operation: "get", weight: 3),
          Application.EntryPoint(name: "raw", service: "back", operation: "get", weight: 1),
        ],
        services: [
          Service(
            name: "front",
            resources: resources,
            replicas: ReplicaBounds(initial: 1, minimum: 1, maximum: 50),
            operations: [Application.Operation(name: "get", work: work(10), calls: [.call(call)])]
          ),
          Service(
            name: "back",
            resources: resources,
            replicas: ReplicaBounds(initial: 1, minimum: 1, maximum: 50),
            operations: [Application.Operation(name: "get", work: work(20))]
          ),
        ]
      )
    )
  }

  @Test func `a request's demand is summed over the calls it makes`() {
    let demand = ServiceDemand(application)
    // front: 3/4 · 10 ms / 0.5 cores. back: (3/4 · 1 + 1/4) · 20 ms / 0.5 cores.
    #expect(abs((demand.seconds["front"] ?? 0) - 0.015) < 1e-12)
    #expect(abs((demand.seconds["back"] ?? 0) - 0.040) < 1e-12)
  }

  @Test func `replicas are ready when the load comes and gone when it has passed`() throws {
    var rates = Array(repeating: 10.0, count: 100)
    for second in 50..<60 { rates[second] = 690 }
    let setting = PolicySetting(
      application: application,
      foresight: LoadForesight(step: .seconds(1), requestsPerSecond: rates)
    )
    let policy = try OraclePolicy(setting)
    func desired(at second: Int) -> [Int] {
      var services = Observation(time: .seconds(second))
      for name in ["front", "back"] as [ServiceName] {
        services.services[name] = ServiceObservation(
          desiredReplicaCount: 0,
          resources: Resources()
        )
      }
      var profile = Profile()
      profile.services["front"] = ServiceProfile(startupTime: .seconds(5))
      let situation = Situation(observation: services, profile: profile)
      return policy.decide(on: situation).actions.compactMap(\.replicaCount)
    }
    // 10/s · 15 ms / 0.7 is less than one replica; 690/s · 15 ms / 0.7 = 14.8, · 40 ms / 0.7 = 39.4.
    #expect(desired(at: 30) == [1, 1])
    // front starts for 5 s: its replicas are ordered 15 s ahead, those of back 10 s.
    #expect(desired(at: 35) == [15, 1])
    #expect(desired(at: 40) == [15, 40])
    #expect(desired(at: 59) == [15, 40])
    #expect(desired(at: 60) == [1, 1])
  }

  @Test func `without foresight it cannot be made`() {
    #expect(throws: PolicyError.needsForesight(policy: "oracle")) {
      try OraclePolicy(PolicySetting(application: application))
    }
  }
}
