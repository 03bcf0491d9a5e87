import Applications
import Control
import Testing

@testable import Policies

@Suite struct BottleneckPolicyTests {
  /// 0 → 1 → 2 and 0 → 3.
  private let ranking = BottleneckRanking(callees: [[1, 3], [2], [], []])

  @Test func `rank gathers at the far end of a slow chain`() {
    let ranked = ranking.ranked(anomaly: [2, 2, 2, 0], pressure: [0.2, 0.2, 0.9, 0.2])
    #expect(ranked.first == 2)
    #expect(!ranked.contains(3))
  }

  @Test func `of two slow callees the one whose CPU is used up is the likelier cause`() {
    #expect(
      ranking.ranked(anomaly: [1, 1, 0, 1], pressure: [0.2, 0.1, 0, 0.9]).first == 3
    )
    #expect(
      ranking.ranked(anomaly: [1, 1, 0, 1], pressure: [0.2, 0.9, 0, 0.1]).first == 1
    )
  }

  @Test func `the search takes the cheapest counts that reach the goal, or what comes nearest`()
    throws
  {
    let speed = try #require(ServiceSpeed("back", in: TwoServices().situation))
    let station = TailEstimate.Station(rate: 145, speed: speed, replicaCount: 3)
    let estimate = TailEstimate(
      stations: [station, station],
      visits: [1, 1],
      quantile: 0.95,
      strain: 1.5
    )
    func best(_ goal: Double, upTo most: Int) -> ReplicaSearch.Option? {
      ReplicaSearch(estimates: [estimate], goal: goal)
        .best(of: [
          .init(service: 0, counts: 3...most, cost: 1),
          .init(service: 1, counts: 3...most, cost: 2),
        ])
    }
    let option = try #require(best(0.3, upTo: 10))
    #expect(option.strain <= 0.3)
    // Nothing cheaper reaches the goal.
    for first in 3...10 {
      for second in 3...10 where Double(first + 2 * second) < option.cost {
        #expect(estimate.strain(with: [0: first, 1: second]) > 0.3)
      }
    }
    #expect(best(0.0001, upTo: 5)?.counts == [0: 5, 1: 5])
  }

  @Test func `only the cause of a late entry point gets replicas`() throws {
    var world = TwoServices(rate: 70)
    var policy = try BottleneckPolicy(world.setting(of: BottleneckPolicy.descriptor))
    #expect(world.desired(by: &policy) == [3, 3])
    world.time += .seconds(15)
    world.latency = 0.5
    world.backLatency = 0.3
    world.backUsage = 0.97
    let desired = world.desired(by: &policy)
    #expect(desired[0] == 3 && desired[1] > 3, "\(desired)")
  }

  @Test func `a replica that nobody would miss goes after a minute without alarm`() throws {
    var world = TwoServices(rate: 10)
    var policy = try BottleneckPolicy(world.setting(of: BottleneckPolicy.descriptor))
    for second in stride(from: 15, to: 75, by: 15) {
      world.time = .seconds(second)
      #expect(world.desired(by: &policy) == [3, 3])
    }
    world.time = .seconds(75)
    #expect(world.desired(by: &policy) == [2, 2])
  }
}
