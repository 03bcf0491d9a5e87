import Comparison
import Synchronization

/// How far a comparison is, and how long it will still take, on standard error: a bar on a terminal, else a line a run.
final class ComparisonProgress: Sendable {
  private struct State {
    var bar = TimedProgress(title: "comparing")
    let start = ContinuousClock.now
    var wantedCount = 0
    var finishedCount = 0
    /// How far each run under way is.
    var underWay: [RunKey: Double] = [:]

    /// Of what this process has to do.
    var fraction: Double {
      let count = Double(finishedCount) + underWay.values.reduce(0, +)
      return wantedCount == 0 ? 1 : count / Double(wantedCount)
    }
  }

  private let state = Mutex(State())

  func take(_ event: ComparisonRun.Event) {
    state.withLock { state in
      switch event {
      case .resumed(let count, let total):
        state.wantedCount = total - count
        guard count > 0 else { return }
        Terminal.writeError("\(count) of \(total) runs were done before\n")
      case .advanced(let key, let fraction):
        state.underWay[key] = fraction
        state.bar.show(min(state.fraction, 0.999))
      case .finished(let key):
        state.underWay[key] = nil
        state.finishedCount += 1
        state.bar.show(state.fraction)
        if !Terminal.errorIsTerminal { Terminal.writeError(Self.line(key, state)) }
      }
    }
  }

  /// Makes room for other words.
  func clear() { state.withLock { $0.bar.show(1) } }

  private static func line(_ key: RunKey, _ state: State) -> String {
    let elapsed = (ContinuousClock.now - state.start) / .seconds(1)
    let left = Int((elapsed * (1 - state.fraction) / state.fraction).rounded())
    return "\(key.policy), seed \(key.seed): \(state.finishedCount) of \(state.wantedCount) runs,"
      + " about \(left) s left\n"
  }
}
