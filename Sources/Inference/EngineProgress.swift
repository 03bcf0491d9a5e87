import Synchronization

/// Whether the engine gets on with its work.
package enum EngineHealth: Sendable, Hashable {
  /// Nothing to do.
  case idle
  case working
  /// There is work, but no step has ended since.
  case stalled(since: ContinuousClock.Instant)
}

/// The engine's sign of life: written at every step, readable from any thread without waiting for one.
final class EngineProgress: Sendable {
  private struct State {
    var isBusy = false
    var latest: ContinuousClock.Instant
  }

  private let state: Mutex<State>
  private let stallLimit: Duration

  init(stallLimit: Duration, now: ContinuousClock.Instant) {
    self.stallLimit = stallLimit
    state = Mutex(State(latest: now))
  }

  /// Work came in; an idle engine's clock starts here.
  func noteArrival(at now: ContinuousClock.Instant) {
    state.withLock { state in
      guard !state.isBusy else { return }
      state = State(isBusy: true, latest: now)
    }
  }

  /// A step ended, with or without more to do.
  func noteStep(isBusy: Bool, at now: ContinuousClock.Instant) {
    state.withLock { $0 = State(isBusy: isBusy, latest: now) }
  }

  func health(at now: ContinuousClock.Instant) -> EngineHealth {
    let state = state.withLock { $0 }
    guard state.isBusy else { return .idle }
    return now - state.latest > stallLimit ? .stalled(since: state.latest) : .working
  }
}
