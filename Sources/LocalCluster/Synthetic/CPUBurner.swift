import CProcesses
import DequeModule
import NIOCore
import NIOPosix
import Synchronization

/// Uses CPU time by the thread's own clock, so that waiting, throttling and preemption do not count.
///
/// Computations share the CPU evenly, as the threads of a server that has one per request do under Linux's fair
/// scheduler: each gets a quantum in turn, on as many threads as the machine has cores. A thread per request
/// would do the same with slices of several milliseconds, and with hundreds of threads on the machine. A thread
/// goes on with its computation while no other waits, so that taking turns wakes nobody up.
final class CPUBurner: Sendable {
  /// In seconds.
  static let quantum = 0.000_5

  private struct Job {
    var seconds: Double
    let promise: EventLoopPromise<Void>
  }

  private struct Line {
    var waiting: Deque<Job> = []
    var workerCount = 0
  }

  private let threadCount: Int
  private let threads: NIOThreadPool
  private let line = Mutex(Line())
  private let burnedNanoseconds = Atomic<Int>(0)

  init(threadCount: Int) {
    self.threadCount = threadCount
    threads = NIOThreadPool(numberOfThreads: threadCount)
    threads.start()
  }

  /// Uses `seconds` of CPU time; the future ends on `eventLoop`.
  func burn(seconds: Double, on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
    let promise = eventLoop.makePromise(of: Void.self)
    let needsWorker = line.withLock { line in
      line.waiting.append(Job(seconds: seconds, promise: promise))
      guard line.workerCount < threadCount else { return false }
      line.workerCount += 1
      return true
    }
    if needsWorker { threads.submit { [self] _ in work() } }
    return promise.futureResult
  }

  /// What has been burned in all.
  var burnedSeconds: Double { Double(burnedNanoseconds.load(ordering: .relaxed)) * 1e-9 }

  /// Works until nothing waits.
  private func work() {
    var job = next(after: nil)
    while let current = job { job = next(after: burnQuantum(of: current)) }
  }

  /// The job that is first in line once one that is not done has gone to its end; nil ends the worker.
  private func next(after job: Job?) -> Job? {
    line.withLock { line in
      if let job { line.waiting.append(job) }
      let first = line.waiting.popFirst()
      if first == nil { line.workerCount -= 1 }
      return first
    }
  }

  /// What is left of a job after its turn; nil if nothing is.
  private func burnQuantum(of job: Job) -> Job? {
    let burned = plimsoll_burn(min(job.seconds, Self.quantum))
    burnedNanoseconds.wrappingAdd(Int(burned * 1e9), ordering: .relaxed)
    let rest = job.seconds - burned
    // Less than the clock's own cost is nothing.
    guard rest > 2e-6 else {
      job.promise.succeed()
      return nil
    }
    return Job(seconds: rest, promise: job.promise)
  }
}
