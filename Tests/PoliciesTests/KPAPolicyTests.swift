import Applications
import Control
import Testing

@testable import Policies

/// Vectors worked out by hand from Knative's documentation and `autoscaler.go`.
@Suite struct KPAPolicyTests {
  private var scaler = PanicScaler(.init(target: 10))

  @Test(
    arguments: [
      // 100 requests at 10 a replica; half the replicas at most go in one step.
      (100, 10, 10), (101, 10, 11), (0, 10, 5), (1, 1, 1), (0, 1, 0),
    ] as [(Double, Int, Int)]
  ) func `the stable answer is concurrency over target`(
    concurrency: Double,
    ready: Int,
    expected: Int
  ) {
    var scaler = scaler
    let desired = scaler.desiredCount(
      stable: concurrency,
      panic: concurrency,
      readyCount: ready,
      at: .zero
    )
    #expect(desired == expected)
    #expect(scaler.panicTime == nil)
  }

  @Test func `twice the capacity starts panic, and the larger answer rules`() {
    var scaler = scaler
    #expect(scaler.desiredCount(stable: 20, panic: 40, readyCount: 2, at: .zero) == 4)
    #expect(scaler.panicTime == .zero)
    #expect(scaler.desiredCount(stable: 60, panic: 40, readyCount: 4, at: .seconds(2)) == 6)
  }

  @Test func `in panic nothing shrinks until a stable window of calm has passed`() {
    var scaler = scaler
    #expect(scaler.desiredCount(stable: 20, panic: 100, readyCount: 2, at: .zero) == 10)
    #expect(scaler.desiredCount(stable: 20, panic: 0, readyCount: 10, at: .seconds(2)) == 10)
    #expect(scaler.desiredCount(stable: 20, panic: 0, readyCount: 10, at: .seconds(60)) == 10)
    #expect(scaler.desiredCount(stable: 20, panic: 0, readyCount: 10, at: .seconds(61)) == 5)
    #expect(scaler.panicTime == nil)
  }

  @Test func `demand over the threshold prolongs panic`() {
    var scaler = scaler
    _ = scaler.desiredCount(stable: 20, panic: 40, readyCount: 2, at: .zero)
    _ = scaler.desiredCount(stable: 20, panic: 80, readyCount: 4, at: .seconds(50))
    #expect(scaler.desiredCount(stable: 20, panic: 0, readyCount: 8, at: .seconds(100)) == 8)
  }

  @Test func `an average is weighted by time and forgets what is older than its window`() {
    var window = AverageWindow(.seconds(6))
    #expect(window.average == nil)
    window.add(10, over: .seconds(2), endingAt: .seconds(2))
    #expect(window.average == 10)
    window.add(40, over: .seconds(4), endingAt: .seconds(6))
    #expect(window.average == 30)
    // Of the first two seconds none, of the next four two are left.
    window.add(0, over: .seconds(4), endingAt: .seconds(10))
    #expect(window.average == 40.0 * 2 / 6)
  }

  @Test func `by default a replica holds seven tenths of what it can work on at once`() throws {
    var policy = try KPAPolicy(.web(of: KPAPolicy.descriptor))
    // 32 at once: 22.4 a replica.
    #expect(TestWorld(replicas: 1, concurrency: 22).desired(by: &policy) == 1)
    var other = try KPAPolicy(.web(of: KPAPolicy.descriptor))
    #expect(TestWorld(replicas: 1, concurrency: 23).desired(by: &other) == 2)
  }

  @Test func `requests that wait count as well as those being worked on`() throws {
    var policy = try KPAPolicy(.web("target=10,target-utilization=1", of: KPAPolicy.descriptor))
    var world = TestWorld(replicas: 3, concurrency: 25)
    world.service.signals[.queueLength] = Signal(15, .requests, window: .seconds(2))
    #expect(world.desired(by: &policy) == 4)
  }

  @Test func `without a sample nothing moves`() throws {
    var policy = try KPAPolicy(.web(of: KPAPolicy.descriptor))
    let decision = policy.decide(on: TestWorld(usage: [nil]).situation)
    #expect(decision.actions.isEmpty && decision.holds.count == 1)
  }
}
