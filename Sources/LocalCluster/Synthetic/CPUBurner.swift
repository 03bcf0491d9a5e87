import CProcesses
import NIOCore
import NIOPosix
import Synchronization

/// Uses CPU time by the thread's own clock, so that waiting, throttling and preemption do not count.
///
/// Computations share the CPU evenly, as the threads of a server that has one per request do under Linux's fair
/// scheduler: each gets a quantum in turn, on as many threads as the machine has cores. A thread per request
/// would do the same with slices of several milliseconds, and with hundreds of threads on the machine.
final class CPUBurner: Sendable {
  /// In seconds.
  static let quantum = 0.000_5

  private let threads: NIOThreadPool
  private let burnedNanoseconds = Atomic<Int>(0)

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

  /// What has been burned in all.
  var burnedSeconds: Double { Double(burnedNanoseconds.load(ordering: .relaxed)) * 1e-9 }

  private func burn(_ seconds: Double, _ promise: EventLoopPromise<Void>) {
    threads.submit { [self] state in
      guard case .active = state else { return promise.fail(CancellationError()) }
      let burned = plimsoll_burn(min(seconds, Self.quantum))
      burnedNanoseconds.wrappingAdd(Int(burned * 1e9), ordering: .relaxed)
      let rest = seconds - burned
      // Less than the clock's own cost is nothing.
      if rest > 2e-6 { burn(rest, promise) } else { promise.succeed() }
    }
  }
}
