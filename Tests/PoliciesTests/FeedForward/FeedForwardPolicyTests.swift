import Applications
import Control
import Glibc
import OrderedCollections
import Testing

@testable import Policies

@Suite struct FeedForwardPolicyTests {
  /// 100 requests/s enter: `front` is kept busy by 2 replicas' worth, `back` by 4, both planned at 60 %: 3.3 and 6.7.
  @Test func `a service is ready for what enters before its own load tells`() throws {
    var world = TwoServices(rate: 100, backRate: 40)
    world.latency = 0.4 * 0.7
    var policy = try FeedForwardPolicy(world.setting(of: FeedForwardPolicy.descriptor))
    #expect(world.desired(by: &policy) == [4, 7])
  }

  /// By hand: the error is ln(1.4/0.7) = ln 2, so 0.003 · ln 2 · 15 s is taken off the logarithm; then the error falls to 0, and a tenth
  /// of its change comes back.
  @Test func `latency trims how full replicas are planned`() {
    var trim = UtilizationTrim(
      setPoint: 0.7,
      range: 0.2...0.85,
      start: 0.6,
      gains: .init(proportional: 0.1, integral: 0.003, derivative: 0)
    )
    trim.observe(strain: 1.4, interval: 15)
    #expect(abs(trim.utilization - 0.6 * exp(-0.045 * log(2))) < 1e-12)
    trim.observe(strain: 0.7, interval: 15)
    #expect(abs(trim.utilization - 0.6 * exp((0.1 - 0.045) * log(2))) < 1e-12)
  }

  @Test func `the trim stays within its range and leaves it at once`() {
    var trim = UtilizationTrim(
      setPoint: 0.7,
      range: 0.2...0.85,
      start: 0.6,
      gains: .init(proportional: 0.1, integral: 0.003, derivative: 0)
    )
    for _ in 0..<500 { trim.observe(strain: 100, interval: 15) }
    #expect(trim.utilization == 0.2)
    trim.observe(strain: 0.1, interval: 15)
    #expect(trim.utilization > 0.2)
  }

  @Test func `nothing is trimmed while replicas start`() throws {
    var world = TwoServices(rate: 100, latency: 4)
    var policy = try FeedForwardPolicy(world.setting(of: FeedForwardPolicy.descriptor))
    var situation = world.situation
    situation.observation.services["back"]?.replicas[0].phase = .starting
    _ = policy.decide(on: situation)
    world.time += .seconds(15)
    world.latency = 0.28
    #expect(world.desired(by: &policy) == [4, 7])
  }
}
