import Applications
import Control
import Testing

@testable import Policies

@Suite struct PIDPolicyTests {
  @Test func `the change has the three terms of the velocity form`() {
    var controller = PIDController(.init(proportional: 2, integral: 0.5, derivative: 4))
    // First: no history, so only 0.5 · 1 · 2.
    #expect(controller.step(error: 1, interval: 2) == 1)
    // 2 · (3 − 1) + 0.5 · 3 · 2 + 4 · (3 − 2 · 1 + 1) / 2.
    #expect(controller.step(error: 3, interval: 2) == 4 + 3 + 4)
    // 2 · (0 − 3) + 0 + 4 · (0 − 2 · 3 + 1) / 2.
    #expect(controller.step(error: 0, interval: 2) == -6 - 10)
  }

  @Test func `it settles where use meets the set point, and leaves saturation at once`() throws {
    let bounds = ReplicaBounds(initial: 2, minimum: 1, maximum: 20)
    var policy = try PIDPolicy(.web(of: PIDPolicy.descriptor, replicas: bounds))
    var count = 2
    func run(_ load: Double, ticks: Range<Int>) {
      for tick in ticks {
        var world = TestWorld(usage: Array(repeating: nil, count: count))
        world.time = .seconds(5 * tick)
        let usage = min(load, Double(count) * 1000)
        world.service.signals[.cpuUsage] = Signal(usage, .millicores, window: .seconds(5))
        count = world.desired(by: &policy)
      }
    }
    // 6,000 millicores at 60 % of 1,000 a replica.
    run(6000, ticks: 0..<100)
    #expect((9...11).contains(count))
    run(50_000, ticks: 100..<200)
    #expect(count == 20)
    run(3000, ticks: 200..<206)
    #expect(count < 20)
    run(3000, ticks: 206..<300)
    #expect((4...6).contains(count))
  }
}
