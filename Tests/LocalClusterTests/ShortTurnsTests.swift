import CProcesses
import LocalCluster
import NIOCore
import NIOPosix
import Testing

@Suite struct ShortTurnsTests {
  @Test func `a loop's thread gets short turns, and those that it starts do not`() async throws {
    let usual = plimsoll_turn()
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let pool = NIOThreadPool(numberOfThreads: 1)
    loops.next().takeShortTurns()
    let own = try await loops.next().submit {
      pool.start()
      return plimsoll_turn()
    }.get()
    let started = try await pool.runIfActive { plimsoll_turn() }
    // Kernels before 6.12 know no turns of different lengths and say 0.
    #expect(own == (usual == 0 ? 0 : 100_000))
    #expect(started == usual)
    try await pool.shutdownGracefully()
    try await loops.shutdownGracefully()
  }
}
