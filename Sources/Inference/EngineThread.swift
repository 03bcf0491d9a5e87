import Glibc
import Synchronization

/// An executor with one thread of its own, which sleeps in the kernel while there is nothing to do.
///
/// A step of many milliseconds thus never holds up a thread that answers HTTP.
/// It ends after ``stop()``; until then it keeps itself alive.
final class EngineThread: SerialExecutor, Sendable {
  private struct State {
    var jobs: [UnownedJob] = []
    var isStopped = false
  }

  private let state = Mutex(State())
  /// A pipe: a byte in it is a wake-up, so none is lost between looking and sleeping.
  private let (sleeper, waker): (CInt, CInt)

  init() {
    var ends: (CInt, CInt) = (-1, -1)
    let isOpen = withUnsafeMutablePointer(to: &ends) { ends in
      ends.withMemoryRebound(to: CInt.self, capacity: 2) { pipe($0) == 0 }
    }
    precondition(isOpen, "pipe for the engine's thread: errno \(errno)")
    (sleeper, waker) = ends
    for end in [sleeper, waker] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var thread = pthread_t()
    let status = pthread_create(
      &thread,
      nil,
      { context in
        guard let context else { return nil }
        Unmanaged<EngineThread>.fromOpaque(context).takeRetainedValue().work()
        return nil
      },
      Unmanaged.passRetained(self).toOpaque()
    )
    precondition(status == 0, "the engine's thread: errno \(status)")
    pthread_detach(thread)
  }

  deinit {
    close(sleeper)
    close(waker)
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    wake { $0.jobs.append(job) }
  }

  /// Lets the thread end when it has run what was enqueued.
  func stop() { wake { $0.isStopped = true } }

  /// Changes the state and rings, unless the thread has not looked since the last ring.
  private func wake(_ change: (inout State) -> Void) {
    let isAsleep = state.withLock { state in
      defer { change(&state) }
      return state.jobs.isEmpty && !state.isStopped
    }
    guard isAsleep else { return }
    var ring: UInt8 = 0
    while write(waker, &ring, 1) < 0, errno == EINTR {}
  }

  private func work() {
    while true {
      var ring: UInt8 = 0
      while read(sleeper, &ring, 1) < 0, errno == EINTR {}
      let (jobs, isStopped) = state.withLock { state in
        (exchange(&state.jobs, with: []), state.isStopped)
      }
      for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
      if isStopped { return }
    }
  }
}
