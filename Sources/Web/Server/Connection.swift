import Synchronization

/// Whether a client is still there; one per TCP connection, shared by the requests that it carries.
final class Connection: Sendable {
  private struct State {
    var isClosed = false
    var nextWaiter = 0
    var waiters: [Int: AsyncStream<Never>.Continuation] = [:]
  }

  private let state = Mutex(State())

  /// Wakes everyone who waits; later waits return at once.
  func close() {
    let waiters = state.withLock { state in
      state.isClosed = true
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.finish() }
  }

  /// Returns when the client is gone, or when the waiting task is cancelled.
  func waitUntilClosed() async {
    let (closing, waiter) = AsyncStream.makeStream(of: Never.self)
    let id = state.withLock { state -> Int? in
      guard !state.isClosed else { return nil }
      state.nextWaiter += 1
      state.waiters[state.nextWaiter] = waiter
      return state.nextWaiter
    }
    guard let id else { return }
    for await _ in closing {}
    state.withLock { state in state.waiters[id] = nil }
  }
}
