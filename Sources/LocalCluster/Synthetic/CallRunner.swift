import NIOCore
import NIOHTTP1
import Randomness
import Routing

/// Makes the calls of operations: one after the other, at once, by chance, and again after a failure.
///
/// Lives on one event loop; every `done` is called once, on it, with the failure if there was one.
final class CallRunner {
  /// The wait before the n-th repetition is uniform below a bound that doubles, up to ten times the first:
  /// Envoy's retry back-off with its defaults, as in the simulated world.
  private static let firstBackoff = 0.025

  private let ports: [String: Int]
  private let eventLoop: any EventLoop
  private let caller: HTTPCaller
  private var random: SplitMix64

  init(ports: [String: Int], eventLoop: any EventLoop, seed: UInt64) {
    self.ports = ports
    self.eventLoop = eventLoop
    caller = HTTPCaller(eventLoop: eventLoop)
    random = SplitMix64(seed: seed)
  }

  func sweep() { caller.sweep() }

  /// Runs stages one after the other, up to the first failure.
  func run(
    _ stages: ArraySlice<SyntheticPlan.Stage>,
    for id: String?,
    _ done: @escaping (CallFailure?) -> Void
  ) {
    guard let first = stages.first else { return done(nil) }
    run(first, for: id, isParallel: false) { [self] failure in
      if let failure { done(failure) } else { run(stages.dropFirst(), for: id, done) }
    }
  }

  private func run(
    _ stage: SyntheticPlan.Stage,
    for id: String?,
    isParallel: Bool,
    _ done: @escaping (CallFailure?) -> Void
  ) {
    switch stage {
    case .call(let call):
      guard happens(call.probability) else { return done(nil) }
      let one = { [self] (done: @escaping (CallFailure?) -> Void) in make(call, for: id, done) }
      let repeated = Array(repeating: one, count: call.count)
      if isParallel { atOnce(repeated, done) } else { inTurn(repeated[...], done) }
    case .sequence(let stages, let probability):
      guard happens(probability) else { return done(nil) }
      run(stages[...], for: id, done)
    case .parallel(let stages, let probability):
      guard happens(probability) else { return done(nil) }
      let branches = stages.map { stage in
        { [self] (done: @escaping (CallFailure?) -> Void) in
          run(stage, for: id, isParallel: true, done)
        }
      }
      atOnce(branches, done)
    }
  }

  private typealias Step = (@escaping (CallFailure?) -> Void) -> Void

  private func inTurn(_ steps: ArraySlice<Step>, _ done: @escaping (CallFailure?) -> Void) {
    guard let first = steps.first else { return done(nil) }
    first { [self] failure in
      if let failure { done(failure) } else { inTurn(steps.dropFirst(), done) }
    }
  }

  /// Waits for all, also after a failure.
  private func atOnce(_ steps: [Step], _ done: @escaping (CallFailure?) -> Void) {
    var pending = steps.count
    var failure: CallFailure?
    guard pending > 0 else { return done(nil) }
    for step in steps {
      step {
        failure = failure ?? $0
        pending -= 1
        if pending == 0 { done(failure) }
      }
    }
  }

  private func make(
    _ call: SyntheticPlan.Call,
    for id: String?,
    repetition: Int = 0,
    _ done: @escaping (CallFailure?) -> Void
  ) {
    guard let port = ports[call.service] else { return done(CallFailure(call, .unknownService)) }
    let request = SyntheticCall(call, for: id, using: &random)
    caller.call(
      request.head,
      body: request.body,
      at: EndpointAddress(port: port),
      timeout: call.timeoutSeconds.map { .seconds($0) }
    ) { [self] result in
      guard let failure = CallFailure(call, result) else { return done(nil) }
      guard repetition < call.retries else { return done(failure) }
      let bound = Self.firstBackoff * min(Double(1 << min(repetition, 8)), 10)
      let wait = Double.random(in: 0..<bound, using: &random)
      _ = eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(wait * 1e9))) { [self] in
        make(call, for: id, repetition: repetition + 1, done)
      }
    }
  }

  private func happens(_ probability: Double) -> Bool {
    probability >= 1 || Double.random(in: 0..<1, using: &random) < probability
  }
}

/// A call that got no good answer.
struct CallFailure: Hashable, Sendable, CustomStringConvertible {
  enum Cause: Hashable, Sendable {
    case unknownService
    case status(UInt)
    case noAnswer(HTTPCaller.Failure)
  }

  let service: String
  let operation: String
  let cause: Cause

  init(_ call: SyntheticPlan.Call, _ cause: Cause) {
    (service, operation, self.cause) = (call.service, call.operation, cause)
  }

  /// Nil if the result is a good answer.
  init?(_ call: SyntheticPlan.Call, _ result: Result<HTTPCaller.Answer, HTTPCaller.Failure>) {
    switch result {
    case .success(let answer) where answer.head.status.code < 400: return nil
    case .success(let answer): self.init(call, .status(answer.head.status.code))
    case .failure(let failure): self.init(call, .noAnswer(failure))
    }
  }

  var description: String {
    switch cause {
    case .unknownService: "\(service) is not known here"
    case .status(let status): "\(service) answered \(operation) with \(status)"
    case .noAnswer(let failure): "\(service) did not answer \(operation): \(failure)"
    }
  }
}
