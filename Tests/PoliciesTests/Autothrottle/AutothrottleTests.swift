import Applications
import Control
import OrderedCollections
import Testing

@testable import Policies

/// Vectors worked out by hand from the paper's rules.
@Suite struct AutothrottleTests {
  @Test func `throttling beyond three times the target raises the quota by the excess`() {
    var captain = Captain(quota: 1, target: 0.1, range: 0.05...4)
    captain.observe(throttled: 0.5, usage: 0.9)
    #expect(abs(captain.quota - 1.2) < 1e-12)
    #expect(abs(captain.margin - 3.4) < 1e-12)
    // At three times the target nothing happens but to the margin.
    captain.observe(throttled: 0.3, usage: 0.9)
    #expect(abs(captain.quota - 1.2) < 1e-12)
    #expect(abs(captain.margin - 3.6) < 1e-12)
  }

  @Test func `a calm service keeps its highest use and a margin, and a wrong step is taken back`() {
    var captain = Captain(quota: 1.2, target: 0.1, range: 0.05...4)
    captain.observe(throttled: 0.1, usage: 0.5)
    for _ in 0..<14 { captain.observe(throttled: 0.1, usage: 0.3) }
    // Readings 0.5 and fourteen of 0.3: deviation √(0.0373333/14); margin still 3.
    let wanted = 0.5 + 3 * (0.56 / 15.0 / 14).squareRoot()
    #expect(abs(captain.quota - wanted) < 1e-9)
    captain.observe(throttled: 0.5, usage: 0.6)
    #expect(abs(captain.quota - (2 * 1.2 - wanted)) < 1e-9)
  }

  @Test func `no step down is larger than a half, or smaller than a tenth`() {
    var captain = Captain(quota: 2, target: 0.1, range: 0.05...4)
    for _ in 0..<15 { captain.observe(throttled: 0.1, usage: 0.2) }
    #expect(captain.quota == 1)
    captain = Captain(quota: 1, target: 0.1, range: 0.05...4)
    for _ in 0..<30 { captain.observe(throttled: 0.1, usage: 0.95) }
    #expect(captain.quota == 1)
  }

  /// A made-up application: laxer targets save cores, until together they are seven steps lax.
  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func `the tower learns the laxest targets that keep the promise`(seed: UInt64) {
    var tower = Tower(exploration: 0.3, seed: seed)
    for _ in 0..<200 {
      let laxness = tower.choice.heavy + tower.choice.light
      tower.learn(
        load: 100,
        strain: laxness <= 7 ? 0.6 : 1 + 0.1 * Double(laxness),
        allocation: 20 - Double(laxness)
      )
      tower.choose(for: 100)
    }
    let best = tower.cheapest(at: 100)
    #expect((5...7).contains(best.heavy + best.light), "\(best)")
  }

  @Test func `services are cut in two where their use leaves the widest gap`() {
    let usages: OrderedDictionary<ServiceName, Double> = [
      "a": 1, "b": 10, "c": 2, "d": 9, "e": 0.5,
    ]
    #expect(ServiceGroups(usages).heavy == ["b", "d"])
    #expect(ServiceGroups(["only": 3]).heavy == ["only"])
  }

  @Test func `a request follows its limit in the document's proportion`() {
    let declared = Resources(
      requests: ResourceAmount(cpu: Millicores(100), memory: .mebibytes(64)),
      limits: ResourceAmount(cpu: Millicores(500), memory: .mebibytes(128))
    )
    let resized = declared.limited(toCores: 0.8)
    #expect(resized.limits.cpu == Millicores(800) && resized.requests.cpu == Millicores(160))
    #expect(resized.limits.memory == declared.limits.memory)
  }
}
