import Randomness
import Testing

@testable import Scheduling

@Suite struct LatencyControllerTests {
  private func controller(floor: Double = 0.3) -> LatencyController {
    LatencyController(LatencyController.Configuration(objective: .milliseconds(100), floor: floor))
  }

  /// Lets a second pass with `count` equal latencies in it, then checks.
  private func second(
    _ controller: inout LatencyController,
    _ second: Int,
    latency: Duration,
    count: Int = 20
  ) -> LatencyController.Verdict? {
    for index in 0..<count {
      controller.observe(latency, at: .milliseconds(1000 * second - 999 + index))
    }
    return controller.check(at: .seconds(second))
  }

  @Test func `a step response falls by fifths to the floor and recovers by tenths`() {
    var controller = controller()
    #expect(controller.check(at: .zero) == nil)
    var thresholds: [Double] = []
    for time in 1...8 {
      #expect(second(&controller, time, latency: .milliseconds(150)) == .shrink)
      thresholds.append(controller.threshold)
    }
    for (threshold, expected) in zip(thresholds, [0.8, 0.64, 0.512, 0.4096, 0.32768, 0.3, 0.3]) {
      #expect(abs(threshold - expected) < 1e-9)
    }
    // The window still holds a second of the bad times.
    #expect(second(&controller, 9, latency: .milliseconds(50)) == .shrink)
    for time in 11...17 {
      #expect(second(&controller, time, latency: .milliseconds(50)) == .raise)
    }
    #expect(controller.threshold == 1)
  }

  @Test func `between the warning line and the objective it holds`() {
    var controller = controller()
    _ = controller.check(at: .zero)
    _ = second(&controller, 1, latency: .milliseconds(150))
    _ = controller.check(at: .seconds(4))
    let threshold = controller.threshold
    #expect(second(&controller, 5, latency: .milliseconds(90)) == .hold)
    #expect(controller.threshold == threshold)
  }

  @Test func `fewer than eight samples hold, and an empty window raises`() {
    var controller = controller()
    _ = controller.check(at: .zero)
    #expect(second(&controller, 1, latency: .milliseconds(150), count: 8) == .shrink)
    #expect(second(&controller, 5, latency: .milliseconds(150), count: 7) == .tooFewSamples)
    #expect(controller.threshold == 0.8)
    #expect(controller.check(at: .seconds(9)) == .idle)
    #expect(abs(controller.threshold - 0.9) < 1e-9)
  }

  @Test func `it moves at most once in an interval`() {
    var controller = controller()
    _ = controller.check(at: .zero)
    #expect(second(&controller, 1, latency: .milliseconds(150)) == .shrink)
    for time in 1001..<2000 { #expect(controller.check(at: .milliseconds(time)) == nil) }
  }

  @Test func `one slow token in twenty does not matter, three do`() {
    for (slowCount, verdict) in [(1, LatencyController.Verdict.raise), (3, .shrink)] {
      var controller = controller()
      _ = controller.check(at: .zero)
      for index in 0..<20 {
        let latency: Duration = index < slowCount ? .milliseconds(500) : .milliseconds(10)
        controller.observe(latency, at: .milliseconds(500 + index))
      }
      #expect(controller.check(at: .seconds(1)) == verdict)
    }
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func `whatever it sees, the threshold stays between floor and one`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let floor = Double.random(in: 0...1, using: &generator)
    var controller = controller(floor: floor)
    var now = Duration.zero
    for _ in 0..<400 {
      now += .milliseconds(Int.random(in: 1...600, using: &generator))
      controller.observe(.milliseconds(Int.random(in: 1...300, using: &generator)), at: now)
      let before = controller.threshold
      let verdict = controller.check(at: now)
      #expect((floor...1).contains(controller.threshold))
      if verdict == nil || verdict == .hold { #expect(controller.threshold == before) }
    }
  }

  @Test func `the floor is the lowest threshold from which on no loss is too great`() {
    let budget = AccuracyBudget(
      losses: [1: 0, 0.8: 0.01, 0.6: 0.02, 0.4: 0.07, 0.2: 0.04, 0: 0.2]
    )
    #expect(budget.floor() == 0.6)
    #expect(budget.floor(budget: 0.1) == 0.2)
    #expect(budget.floor(budget: 0.005) == 1)
    #expect(AccuracyBudget(losses: [:]).floor() == 1)
  }
}
