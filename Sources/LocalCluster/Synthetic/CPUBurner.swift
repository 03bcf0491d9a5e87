import CProcesses
import NIOCore
import NIOPosix

/// Uses CPU time by the thread's own clock, so that waiting, throttling and preemption do not count.
///
/// Computations share the CPU evenly, as the threads of a server that has one per request do under Linux's fair
/// scheduler: each gets a quantum in turn, on as many threads as the machine has cores. A thread per request
/// would do the same with slices of several milliseconds, and with hundreds of threads on the machine.
struct CPUBurner: Sendable {
  /// In seconds.
  static let quantum = 0.000_5

  private let threads: NIOThreadPool

  init(threadCount: Int) {
    threads = NIOThreadPool(numberOfThreads: threadCount)
    threads.start()
  }

  /// Uses `seconds` of CPU time; the future ends on `eventLoop`.
  func burn(seconds: Double, on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
    let promise = eventLoop.makePromise(of: Void.self)
    burn(seconds, promise)
    return promise.futureResult
  }

  private func burn(_ seconds: Double, _ promise: EventLoopPromise<Void>) {
    threads.submit { state in
      guard case .active = state else { return promise.fail(CancellationError()) }
      let rest = seconds - plimsoll_burn(min(seconds, Self.quantum))
      // Less than the clock's own cost is nothing.
      if rest > 2e-6 { burn(rest, promise) } else { promise.succeed() }
    }
  }
}
