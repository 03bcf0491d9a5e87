import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import LocalCluster

@Suite struct CPUBurnerTests {
  private let loop = MultiThreadedEventLoopGroup.singleton.next()

  @Test func `a short computation is not held up by a long one that came first`() async throws {
    let burner = CPUBurner(threadCount: 1)
    let ended = Mutex<[String]>([])
    let jobs = [("long", 0.2), ("short", 0.002)].map { name, seconds in
      burner.burn(seconds: seconds, on: loop).map { ended.withLock { $0.append(name) } }
    }
    for job in jobs { try await job.get() }
    #expect(ended.withLock { $0 } == ["short", "long"])
    #expect(burner.burnedSeconds >= 0.2)
  }

  @Test func `every computation ends, however many come at once or after a pause`() async throws {
    let burner = CPUBurner(threadCount: 2)
    for count in [1, 20, 1, 3] {
      let jobs = (0..<count).map { _ in burner.burn(seconds: 0.000_7, on: loop) }
      try await EventLoopFuture.andAllSucceed(jobs, on: loop).get()
    }
    #expect(burner.burnedSeconds >= 25 * 0.000_69)
  }
}
