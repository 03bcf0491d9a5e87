import Applications
import Control
import Randomness
import Testing

@testable import Policies

/// What holds for every policy that ships.
@Suite struct PurityTests {
  private static let load = LoadForesight(
    step: .seconds(1),
    requestsPerSecond: (0..<600).map { Double($0 % 97) }
  )

  private func policy(_ name: String) throws -> any Policy {
    var setting = try PolicySetting.web(of: StaticPolicy.descriptor)
    setting.foresight = Self.load
    return try PolicyRegistry.standard.policy(name, for: setting)
  }

  /// A service whose load, readiness and signals vary at random.
  private func situations(seed: UInt64) -> [Situation] {
    var generator = SplitMix64(seed: seed)
    var count = 3
    return (0..<200).map { tick in
      count = max(0, min(20, count + Int.random(in: -2...2, using: &generator)))
      var world = TestWorld(
        usage: (0..<count).map { _ in
          Bool.random(using: &generator) ? Double.random(in: 0...1500, using: &generator) : nil
        }
      )
      world.time = .seconds(15 * tick)
      if count > 0, Bool.random(using: &generator) { world.service.replicas[0].phase = .starting }
      if Int.random(in: 0..<4, using: &generator) > 0 {
        let backlog = Double.random(in: 0...300, using: &generator)
        world.service.signals[.concurrency] = Signal(backlog, .requests, window: .seconds(15))
        let usage = Double.random(in: 0...20_000, using: &generator)
        world.service.signals[.cpuUsage] = Signal(usage, .millicores, window: .seconds(15))
        let rate = Double.random(in: 0...500, using: &generator)
        world.service.signals[.requestRate] = Signal(
          rate,
          .requestsPerSecond,
          window: .seconds(15)
        )
      }
      return world.situation
    }
  }

  @Test(arguments: PolicyRegistry.standard.entries.map(\.descriptor.name))
  func `the same situations make the same decisions`(name: String) throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      var first = try policy(name)
      var second = try policy(name)
      for situation in situations(seed: seed) {
        #expect(first.decide(on: situation) == second.decide(on: situation), "seed \(seed)")
      }
    }
  }

  @Test(arguments: PolicyRegistry.standard.entries.map(\.descriptor.name))
  func `a decision names a service once, stays in its bounds, and has a reason`(name: String) throws
  {
    for seed in 1...20 as ClosedRange<UInt64> {
      var policy = try policy(name)
      for situation in situations(seed: seed) {
        let actions = policy.decide(on: situation).actions
        #expect(Set(actions.map(\.service)).count == actions.count)
        for action in actions {
          #expect(!action.isEmpty && !action.reason.words.isEmpty)
          #expect(action.replicaCount.map { (1...100).contains($0) } ?? true, "seed \(seed)")
        }
      }
    }
  }

  @Test func `every policy says where it stands and what its parameters mean`() {
    for entry in PolicyRegistry.standard.entries {
      #expect(entry.descriptor.summary.hasSuffix("."))
      #expect(entry.descriptor.interval > .zero)
      #expect(entry.descriptor.parameters.allSatisfy { !$0.meaning.isEmpty })
    }
  }
}
