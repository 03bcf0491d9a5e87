import Applications
import Control
import OrderedCollections
import Testing
import WorldConformance

@testable import Simulation

@Suite struct SimulatedWorldTests {
  @Test(arguments: WorldConformance.checks.map(\.name))
  func `keeps to what every world owes the controller`(name: String) async throws {
    let check = try #require(WorldConformance.checks.first { $0.name == name })
    let world = SimulatedWorld(.shop, load: .constant(50), seed: 4)
    #expect(await check.check(world) == [])
  }

  @Test func `its signals are those that every world owes`() {
    let world = SimulatedWorld(.shop, load: .constant(50), seed: 4)
    let observations = (1...4).map { world.observe(at: .seconds(15 * $0)) }
    let catalogue = SignalCatalogue(of: observations, in: .shop)
    #expect(catalogue.differences(from: .owed) == [])
  }

  @Test func `an application is compiled with its calls, counts and times`() {
    let description = ClusterDescription(.shop)
    #expect(description.services.map(\.name) == ["front", "stock", "model"])
    #expect(description.operations.map(\.service) == [0, 1, 2])
    #expect(description.services[0].size.cpuLimit == 0.5)
    guard case .parallel(let branches, probability: 1) = description.operations[0].stages[0],
      case .parallel(let twice, probability: 0.5) = branches[0],
      case .call(let call, probability: 1) = twice[0]
    else {
      Issue.record("stages are \(description.operations[0].stages)")
      return
    }
    #expect(twice.count == 2)
    #expect(call.operation == 1)
    #expect(call.retryCount == 1)
    #expect(call.timeout == .milliseconds(80))
    // 200 tokens read at 400 a second and 30 written at 60.
    #expect(abs(description.operations[2].work.mean - 1e9) < 1)
    #expect(description.services[2].concurrency == 16)
  }

  @Test func `a replica that finds no room waits, and the answer says so`() {
    var application = Application.shop
    application.spec.nodes = [
      Application.NodeGroup(name: "small", cpu: Millicores(500), memory: .gibibytes(1))
    ]
    let world = SimulatedWorld(application, load: .constant(10))
    let reason = Reason("test")
    let answer = world.apply([Action("front", replicaCount: 6, because: reason)], at: .seconds(1))
    #expect(answer == [.deferred("2 replicas wait for room on a node")])
    let observation = world.observe(at: .seconds(20))
    #expect(observation.services["front"]?.replicas.count { $0.phase == .pending } == 2)
    // Room becomes free.
    _ = world.apply([Action("front", replicaCount: 2, because: reason)], at: .seconds(20))
    #expect(world.observe(at: .seconds(40)).services["front"]?.readyReplicaCount == 2)
    let huge = Resources(ResourceAmount(cpu: Millicores(9000), memory: .mebibytes(64)))
    let refused = world.apply([Action("front", resources: huge, because: reason)], at: .seconds(41))
    guard case .infeasible = refused[0] else {
      Issue.record("9 cores on a node of half a core: \(refused)")
      return
    }
  }

  @Test func `another image works half as much again for the same requests`() throws {
    func usage(_ faults: [FaultPlan.TimedFault]) throws -> [Double] {
      let world = SimulatedWorld(.shop, load: .constant(20), faults: FaultPlan(timed: faults))
      return try [10, 20].map { second in
        let front = world.observe(at: .seconds(second)).services["front"]
        return try #require(front?.signals[.cpuUsage]?.value)
      }
    }
    let image = FaultPlan.TimedFault(at: .seconds(10), .rework(service: 0, to: 1.5))
    let (old, new) = (try usage([]), try usage([image]))
    #expect(old[0] == new[0])
    // The draws are the same; only what is under way at the ends differs.
    #expect(abs(new[1] / old[1] - 1.5) < 0.01)
  }

  @Test func `a killed replica is missed, restarts and serves again`() {
    let world = SimulatedWorld(
      .shop,
      load: .constant(50),
      faults: FaultPlan(timed: [FaultPlan.TimedFault(at: .seconds(10), .crash(service: 0))])
    )
    let before = world.observe(at: .seconds(10))
    #expect(before.services["front"]?.readyReplicaCount == 0)
    let after = world.observe(at: .seconds(20))
    #expect(after.services["front"]?.readyReplicaCount == 1)
    #expect(after.services["front"]?.replicas.first?.restartCount == 1)
    #expect((after.entryPoints["buy"]?[.errorRatio]?.value ?? 0) > 0)
  }

  @Test func `a slow node makes work longer`() {
    func p50(_ faults: [FaultPlan.TimedFault]) -> Double {
      let world = SimulatedWorld(.shop, load: .constant(5), faults: FaultPlan(timed: faults))
      _ = world.observe(at: .seconds(30))
      return world.observe(at: .seconds(90)).services["stock"]?.signals[.latencyP50]?.value ?? 0
    }
    let slow = (0..<8).map { FaultPlan.TimedFault(at: .seconds(30), .slow(node: $0, to: 0.5)) }
    let count = ClusterDescription(.shop).nodes.count
    let ratio = p50(Array(slow.prefix(count))) / p50([])
    #expect(abs(ratio - 2) < 0.1)
  }
}

extension SimulatedWorld: ConformingWorld {
  package func pass(_ duration: Duration) -> Duration {
    advance(to: now + duration)
    return now
  }
}

extension Application {
  /// A front end that asks the stock twice, one time in two, and a model beside it.
  static let shop = Application(
    metadata: Metadata(name: "shop"),
    spec: Spec(
      entryPoints: [
        EntryPoint(
          name: "buy",
          service: "front",
          operation: "buy",
          slo: SLO(bound: .seconds(3), window: .seconds(30))
        )
      ],
      services: [
        Service(
          name: "front",
          startupTime: .seconds(2),
          operations: [
            Operation(
              name: "buy",
              work: Work(cpu: .milliseconds(2)),
              calls: [
                .parallel(
                  [
                    .call(
                      Call(
                        service: "stock",
                        operation: "take",
                        probability: 0.5,
                        count: 2,
                        retries: 1,
                        timeout: .milliseconds(80)
                      )
                    ),
                    .call(Call(service: "model", operation: "advise", probability: 0.1)),
                  ],
                  probability: 1
                )
              ]
            )
          ]
        ),
        Service(
          name: "stock",
          operations: [Operation(name: "take", work: Work(cpu: .milliseconds(3), variability: 0))]
        ),
        Service(
          name: "model",
          workload: .llm(
            LanguageModel(
              model: "tales",
              classes: [
                LanguageModel.RequestClass(
                  name: "advise",
                  promptTokens: LanguageModel.TokenCount(mean: 200),
                  outputTokens: LanguageModel.TokenCount(mean: 30)
                )
              ]
            )
          ),
          resources: Resources(ResourceAmount(cpu: Millicores(1000), memory: .mebibytes(512))),
          operations: [Operation(name: "advise")]
        ),
      ]
    )
  )
}
