import Applications
import Control
import OrderedCollections
import Testing

@testable import Policies

/// Vectors worked out by hand from the documentation of the Horizontal Pod Autoscaler.
@Suite struct HPAPolicyTests {
  /// Requests are 1,000 millicores a replica.
  private func recommendation(_ world: TestWorld, target: Int = 50) -> Int? {
    let calculator = ReplicaCalculator(
      targetUtilization: target,
      tolerance: 0.1,
      cpuInitializationPeriod: .seconds(300),
      initialReadinessDelay: .seconds(30)
    )
    switch calculator.recommend(world.service, at: world.time) {
    case .replicas(let count, _): return count
    case .noMetrics: return nil
    }
  }

  @Test(
    arguments: [
      // 100 % of 50 %: twice as many. 25 %: half as many.
      ([1000, 1000], 4), ([250, 250, 250, 250], 2),
      // 28 %: ceil(5 · 0.56).
      ([100, 300, 500, 250, 250], 3),
      // 55 % and 45 % are within the tolerance; 56 % is not: ceil(2 · 1.12).
      ([550, 550], 2), ([450, 450], 2), ([560, 560], 3),
    ] as [([Double], Int)]
  ) func `replicas are the current number times use over target`(usage: [Double], expected: Int) {
    #expect(recommendation(TestWorld(usage: usage)) == expected)
  }

  @Test func `a replica that is not ready counts as idle on the way up`() {
    var world = TestWorld(usage: [300, 500, 700])
    world.service.replicas[0].phase = .unready
    world.service.replicas[0].startedAt = .seconds(-20)
    world.service.replicas[0].readinessChangedAt = .seconds(-10)
    // The ready two are at 60 % of 30 %; with an idle third 40 %: ceil(3 · 40 / 30).
    #expect(recommendation(world, target: 30) == 4)
  }

  @Test func `a replica that is not ready is left out on the way down`() {
    var world = TestWorld(usage: [900, 100, 100])
    world.service.replicas[0].phase = .unready
    world.service.replicas[0].startedAt = .seconds(-20)
    world.service.replicas[0].readinessChangedAt = .seconds(-10)
    // 10 % of 50 % over the two that are ready: ceil(2 · 0.2).
    #expect(recommendation(world) == 1)
  }

  @Test func `a young replica's sample counts once a whole window passed since it was ready`() {
    var world = TestWorld(usage: [1000, 1000])
    world.service.replicas[1].startedAt = .seconds(-60)
    world.service.replicas[1].readinessChangedAt = .seconds(-10)
    // The sample covers 15 s, of which 5 s lie before readiness: 100 % / 50 % with one idle: no change.
    #expect(recommendation(world) == 2)
    world.service.replicas[1].readinessChangedAt = .seconds(-15)
    #expect(recommendation(world) == 4)
  }

  @Test func `a missing sample counts as nothing on the way up and as all on the way down`() {
    // 100 % of 50 % for three of four: (3,000 + 0) / 4,000 = 75 %, ceil(4 · 1.5).
    #expect(recommendation(TestWorld(usage: [1000, 1000, 1000, nil])) == 6)
    // 10 % for three of four: (300 + 1,000) / 4,000 = 32 %, ceil(4 · 0.64).
    #expect(recommendation(TestWorld(usage: [100, 100, 100, nil])) == 3)
  }

  @Test func `a missing sample never turns the direction`() {
    // 30 % of 50 % asks for less, with the missing one at 100 % it would ask for more: nothing moves.
    #expect(recommendation(TestWorld(usage: [300, nil])) == 2)
    // 60 % of 50 % asks for more, with the missing one at 0 % for less.
    #expect(recommendation(TestWorld(usage: [600, nil])) == 2)
  }

  @Test func `without any sample there is no recommendation`() {
    #expect(recommendation(TestWorld(usage: [nil, nil])) == nil)
  }

  @Test func `a replica that drains is no replica`() {
    var world = TestWorld(usage: [1000, 1000, 0], desired: 2)
    world.service.replicas[2].phase = .draining
    #expect(recommendation(world) == 4)
  }

  @Test func `where replicas are not measured one by one the service's use is shared evenly`() {
    var world = TestWorld(usage: [nil, nil])
    world.service.signals[.cpuUsage] = Signal(2000, .millicores, window: .seconds(15))
    #expect(recommendation(world) == 4)
  }

  @Test(arguments: [(3, 7), (4, 8), (10, 20)])
  func `in 15 s it grows by four or doubles, whichever is more`(current: Int, expected: Int) throws
  {
    var policy = try HPAPolicy(.web(of: HPAPolicy.descriptor))
    let world = TestWorld(usage: Array(repeating: 1e5, count: current))
    #expect(world.desired(by: &policy) == expected)
  }

  @Test func `growth within the period counts against the limit`() throws {
    var history = ScalingHistory()
    let behavior = ScalingBehavior()
    func settle(_ current: Int, at second: Int) -> Int {
      history.observe(current: current)
      return history.settle(
        90,
        current: current,
        bounds: 1...100,
        behavior: behavior,
        at: .seconds(second)
      )
    }
    #expect(settle(3, at: 0) == 7)
    // Ten seconds later the four are still in the period, which began with three.
    #expect(settle(7, at: 10) == 7)
    #expect(settle(7, at: 15) == 14)
  }

  @Test func `it shrinks to the highest recommendation of five minutes`() throws {
    var policy = try HPAPolicy(.web("target=0.5", of: HPAPolicy.descriptor))
    var world = TestWorld(usage: Array(repeating: 500, count: 8))
    #expect(world.desired(by: &policy) == 8)
    for second in stride(from: 15, to: 300, by: 15) {
      world.time = .seconds(second)
      for index in 0..<8 {
        // Six would do at first, two later.
        world.service.replicas[index].signals[.cpuUsage]?.value = second < 150 ? 375 : 125
      }
      #expect(world.desired(by: &policy) == 8, "after \(second) s")
    }
    world.time = .seconds(300)
    #expect(world.desired(by: &policy) == 6)
    world.time = .seconds(435)
    #expect(world.desired(by: &policy) == 2)
  }

  @Test func `a count outside the bounds is brought inside whatever the load`() throws {
    let bounds = ReplicaBounds(initial: 2, minimum: 2, maximum: 5)
    var policy = try HPAPolicy(.web(of: HPAPolicy.descriptor, replicas: bounds))
    #expect(TestWorld(usage: [0]).desired(by: &policy) == 2)
    #expect(TestWorld(usage: Array(repeating: 900, count: 7)).desired(by: &policy) == 5)
  }

  @Test func `a service that was put to sleep stays asleep`() throws {
    var policy = try HPAPolicy(.web(of: HPAPolicy.descriptor))
    #expect(policy.decide(on: TestWorld(usage: []).situation).actions.isEmpty)
  }

  @Test func `the reason has the numbers`() throws {
    var policy = try HPAPolicy(.web("target=0.5", of: HPAPolicy.descriptor))
    let decision = policy.decide(on: TestWorld(usage: [1000, 1000]).situation)
    #expect(
      decision.actions.first?.reason.words
        == "CPU at 100 % of the request, target 50 %: 2 → 4 replicas"
    )
  }

  @Test func `a service can have a target of its own`() throws {
    let parameters = "target=0.5,targets=back:0.25"
    var policy = try HPAPolicy(TwoServices().setting(parameters, of: HPAPolicy.descriptor))
    let service = TestWorld(usage: [500, 500, 500, 500]).service
    let observation = Observation(time: .zero, services: ["front": service, "back": service])
    let decision = policy.decide(on: Situation(observation: observation))
    #expect(decision.actions.map(\.service) == ["back"])
    #expect(decision.actions.first?.replicaCount == 8)
    #expect(decision.actions.first?.reason.words.contains("target 25 %: 4 → 8 replicas") == true)
  }

  @Test(arguments: ["cart:0.5", "back", "back:", "back:much", "back:0", "back:0.5:1"])
  func `targets that cannot be meant are refused`(targets: String) throws {
    let parameters = "targets=front:0.5/\(targets)"
    let setting = try TwoServices().setting(parameters, of: HPAPolicy.descriptor)
    let error = #expect(throws: PolicyError.self) { try HPAPolicy(setting) }
    let words = error.map { "\($0)" } ?? ""
    #expect(words.contains("=\(targets): expected a service of two"), "\(words)")
  }
}
