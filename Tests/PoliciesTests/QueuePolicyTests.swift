import Applications
import Control
import Testing

@testable import Policies

/// Vectors worked out by hand from KEDA's documentation.
@Suite struct QueuePolicyTests {
  private let sleepy = ReplicaBounds(initial: 0, minimum: 0, maximum: 100)

  @Test(
    arguments: [(100, 2, 5), (101, 2, 6), (44, 2, 2), (36, 2, 2), (45, 2, 3)]
      as [(Double, Int, Int)]
  ) func `each replica gets the threshold's worth, with the tolerance of the HPA`(
    backlog: Double,
    current: Int,
    expected: Int
  ) throws {
    var policy = try QueuePolicy(.web(of: QueuePolicy.descriptor))
    #expect(TestWorld(replicas: current, concurrency: backlog).desired(by: &policy) == expected)
  }

  @Test func `a service that sleeps wakes with the first request`() throws {
    var policy = try QueuePolicy(.web(of: QueuePolicy.descriptor, replicas: sleepy))
    #expect(TestWorld(replicas: 0, concurrency: 0).desired(by: &policy) == 0)
    #expect(TestWorld(replicas: 0, concurrency: 1).desired(by: &policy) == 1)
  }

  @Test func `a service goes to sleep after the cooldown`() throws {
    var policy = try QueuePolicy(.web(of: QueuePolicy.descriptor, replicas: sleepy))
    var world = TestWorld(replicas: 1, concurrency: 3)
    #expect(world.desired(by: &policy) == 1)
    world = TestWorld(replicas: 1, concurrency: 0)
    world.time = .seconds(299)
    #expect(world.desired(by: &policy) == 1)
    world.time = .seconds(300)
    #expect(world.desired(by: &policy) == 0)
  }
}
