import Scheduling
import Synchronization

/// Where callers reserve places, from any thread.
final class AdmissionDesk: Sendable {
  private struct State {
    var admission: Admission
    var waiters: [AsyncStream<Never>.Continuation] = []
  }

  private let state: Mutex<State>
  private let now: @Sendable () -> Duration

  init(_ limits: Admission.Limits, now: @escaping @Sendable () -> Duration) {
    state = Mutex(State(admission: Admission(limits)))
    self.now = now
  }

  var requestCount: Int { state.withLock { $0.admission.requestCount } }

  var turnedAwayCount: Int { state.withLock { $0.admission.turnedAwayCount } }

  func reserve(promptTokenCount: Int) throws(Admission.Refusal) -> Reservation {
    let refusal = state.withLock {
      $0.admission.reserve(promptTokenCount: promptTokenCount, at: now())
    }
    if let refusal { throw refusal }
    return Reservation(promptTokenCount: promptTokenCount, desk: self)
  }

  func classify(promptTokenCount: Int, as serviceClass: ServiceClass) -> Admission.Refusal? {
    state.withLock {
      $0.admission.classify(promptTokenCount: promptTokenCount, as: serviceClass)
    }
  }

  func recount(from estimate: Int, to count: Int, serviceClass: ServiceClass?) {
    state.withLock {
      $0.admission.recount(from: estimate, to: count, serviceClass: serviceClass)
    }
  }

  func start(promptTokenCount: Int, serviceClass: ServiceClass?) {
    state.withLock {
      $0.admission.start(promptTokenCount: promptTokenCount, serviceClass: serviceClass)
    }
  }

  /// Takes in how many prompt tokens a second the engine computes while some wait.
  func note(prefillRate: Double?) {
    state.withLock { $0.admission.note(prefillRate: prefillRate) }
  }

  func release() {
    let waiters = state.withLock { state in
      state.admission.release(at: now())
      return state.admission.requestCount == 0 ? exchange(&state.waiters, with: []) : []
    }
    for waiter in waiters { waiter.finish() }
  }

  /// Lets nobody in any more and returns when the last one has left, or when the caller is cancelled.
  func drain() async {
    let (stream, waiter) = AsyncStream.makeStream(of: Never.self)
    let isEmpty = state.withLock { state in
      state.admission.close()
      state.waiters.append(waiter)
      return state.admission.requestCount == 0
    }
    if isEmpty { waiter.finish() }
    for await _ in stream {}
  }
}

/// A place in the house, held until it is released or dropped.
package final class Reservation: Sendable {
  private enum Phase: Equatable {
    case queued(promptTokenCount: Int, ServiceClass?)
    case started, released
  }

  private let desk: AdmissionDesk
  private let phase: Mutex<Phase>

  init(promptTokenCount: Int, desk: AdmissionDesk) {
    self.desk = desk
    phase = Mutex(.queued(promptTokenCount: promptTokenCount, nil))
  }

  deinit { release() }

  /// Corrects how long the prompt is, as it was only estimated before.
  func recount(promptTokenCount: Int) {
    phase.withLock { phase in
      guard case .queued(let estimate, let serviceClass) = phase else { return }
      desk.recount(from: estimate, to: promptTokenCount, serviceClass: serviceClass)
      phase = .queued(promptTokenCount: promptTokenCount, serviceClass)
    }
  }

  /// Counts the request to its class, or says why that class cannot take it; once is enough.
  func classify(as serviceClass: ServiceClass) -> Admission.Refusal? {
    phase.withLock { phase in
      guard case .queued(let count, nil) = phase else { return nil }
      let refusal = desk.classify(promptTokenCount: count, as: serviceClass)
      if refusal == nil { phase = .queued(promptTokenCount: count, serviceClass) }
      return refusal
    }
  }

  /// The prompt is computed and no longer counts as queued.
  func start() {
    phase.withLock { phase in
      guard case .queued(let count, let serviceClass) = phase else { return }
      phase = .started
      desk.start(promptTokenCount: count, serviceClass: serviceClass)
    }
  }

  /// Gives the place back; further calls have no effect.
  package func release() {
    start()
    let isFirst = phase.withLock { phase in
      guard phase == .started else { return false }
      phase = .released
      return true
    }
    if isFirst { desk.release() }
  }
}
