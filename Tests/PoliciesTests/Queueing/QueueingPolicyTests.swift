import Applications
import Control
import Glibc
import Randomness
import Testing

@testable import Policies

@Suite struct QueueingPolicyTests {
  /// Worked out by hand.
  ///
  /// Each service may stretch its 20 ms by 240 / (20 + 2 · 20) = 4, so a request may wait 60 ms. `front` has a load of 2 Erlang:
  /// three servers wait 20/(3 · 1/3) · ln(0.4444/0.05) = 43.7 ms. `back` has 4: five wait 20/(5 · 0.2) · ln(0.5541/0.05) = 48.1 ms,
  /// but are used to 80 %, above the bound of 75 %, so it takes six.
  @Test func `the fewest replicas with which the promise allows the wait`() throws {
    var world = TwoServices(bound: .milliseconds(240), rate: 100)
    var policy = try QueueingPolicy(world.setting("model=mmc", of: QueueingPolicy.descriptor))
    #expect(world.desired(by: &policy) == [3, 6])
    // A stretch of 190 / 60 leaves 43.3 ms to wait, for which three of `front` are just too few.
    world = TwoServices(bound: .milliseconds(190), rate: 100)
    policy = try QueueingPolicy(world.setting("model=mmc", of: QueueingPolicy.descriptor))
    #expect(world.desired(by: &policy) == [4, 6])
  }

  /// Worked out by hand.
  ///
  /// With 33.3 requests/s of its own a replica of `front` waits 10/(1/3) · ln(0.667/0.05) = 77.7 ms, with 25 it waits 46.1 ms; one of `back`
  /// waits 77.7 ms as one of six and 56.8 ms as one of seven.
  @Test func `a queue for each replica needs more of them`() throws {
    let world = TwoServices(bound: .milliseconds(240), rate: 100)
    var policy = try QueueingPolicy(world.setting("model=md1", of: QueueingPolicy.descriptor))
    #expect(world.desired(by: &policy) == [4, 7])
  }

  @Test func `variability is measured from window to window`() {
    var meter = VariabilityMeter()
    meter.observe(requestCount: 100, timePerRequest: 0.010)
    meter.observe(requestCount: 120, timePerRequest: 0.012)
    // 20² / 220; (0.002 / 0.011)² / (1/100 + 1/120). A tenth of the way from 1.
    #expect(abs(meter.arrivals - (0.9 + 0.1 * 400 / 220)) < 1e-12)
    let scatter = 0.03305785123966942 / (1.0 / 100 + 1.0 / 120)
    #expect(abs(meter.services - (0.9 + 0.1 * scatter)) < 1e-9)
  }

  @Test func `random arrivals of exponential work measure 1, regular ones of equal work 0`() {
    var generator = SplitMix64(seed: 7)
    var (random, regular) = (VariabilityMeter(), VariabilityMeter())
    var mean = (arrivals: 0.0, services: 0.0)
    for _ in 0..<2000 {
      var (time, count, work) = (0.0, 0.0, 0.0)
      while true {
        time -= log(1 - Double.random(in: 0..<1, using: &generator))
        if time > 200 { break }
        count += 1
        work -= log(1 - Double.random(in: 0..<1, using: &generator))
      }
      random.observe(requestCount: count, timePerRequest: work / count)
      regular.observe(requestCount: 200, timePerRequest: 1)
      mean.arrivals += random.arrivals / 2000
      mean.services += random.services / 2000
    }
    #expect(abs(mean.arrivals - 1) < 0.1 && abs(mean.services - 1) < 0.1)
    #expect(regular.arrivals < 1e-9 && regular.services < 1e-9)
    #expect(regular.variability == 0.25)
  }

  @Test func `a service of which nothing is known is left alone, and says so`() throws {
    let world = TwoServices()
    var situation = world.situation
    situation.profile = Profile()
    var policy = try QueueingPolicy(world.setting(of: QueueingPolicy.descriptor))
    let decision = policy.decide(on: situation)
    #expect(decision.actions.isEmpty && decision.holds.count == 2)
  }
}
