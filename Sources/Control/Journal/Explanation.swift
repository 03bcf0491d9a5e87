import Applications

/// A decision in words for a person: what was done, why, what the guardrails made of it, and what it did.
package struct Explanation: Hashable, Sendable, CustomStringConvertible {
  /// One decision about one service, as the journal keeps it.
  package enum Matter: Hashable, Sendable, Codable {
    case action(Verdict)
    case hold(Decision.Hold)
    /// Signals that were ignored.
    case complaint(String)
  }

  /// Time since the world began.
  package var time: Duration
  package var policy: String
  package var mode: Guardrails.Mode
  package var matter: Matter
  /// What an action did, once that is known.
  package var outcome: Outcome?

  package init(
    time: Duration,
    policy: String,
    mode: Guardrails.Mode,
    matter: Matter,
    outcome: Outcome? = nil
  ) {
    self.time = time
    self.policy = policy
    self.mode = mode
    self.matter = matter
    self.outcome = outcome
  }

  package var description: String {
    let place = "\(time.clock)  \(policy)  "
    switch matter {
    case .action(let verdict):
      return ([place + verdict.headline] + verdict.details + afterwards).joined(separator: "\n    ")
    case .hold(let hold):
      let lines = ["\(place)\(hold.service)  held: \(hold.reason.words)"] + hold.reason.details
      return lines.joined(separator: "\n    ")
    case .complaint(let words): return place + words
    }
  }

  private var afterwards: [String] {
    guard let outcome else { return [] }
    let changes = outcome.changes.map(\.words)
    let words = changes.isEmpty ? "no signals" : changes.joined(separator: "; ")
    return ["afterwards, at \(outcome.time.clock): \(words)"]
  }
}

extension Verdict {
  /// Service, change and result, as `web  3 → 5 replicas, CPU limit 250m → 400m  done`.
  fileprivate var headline: String {
    let change = before.map { proposed.change(from: $0) } ?? "unknown"
    guard let permitted, let before else { return "\(proposed.service)  refused: \(change)" }
    return "\(proposed.service)  \(permitted.change(from: before))  \(result?.words ?? "")"
  }

  fileprivate var details: [String] {
    ["because: \(proposed.reason.words)"] + proposed.reason.details
      + amendments.map { "guardrail \($0.rule.rawValue): \($0.words)" }
  }
}

extension Action {
  /// Every number that changes, as `before → after`.
  fileprivate func change(from before: Verdict.Standing) -> String {
    var parts: [String] = []
    if let replicaCount { parts.append("\(before.replicaCount) → \(replicaCount) replicas") }
    if let resources {
      parts += resources.changes(from: before.resources)
    }
    return parts.isEmpty ? "no change" : parts.joined(separator: ", ")
  }
}

extension Resources {
  fileprivate func changes(from old: Resources) -> [String] {
    let pairs = [
      ("CPU request", "\(old.requests.cpu)", "\(requests.cpu)"),
      ("CPU limit", "\(old.limits.cpu)", "\(limits.cpu)"),
      ("memory request", "\(old.requests.memory)", "\(requests.memory)"),
      ("memory limit", "\(old.limits.memory)", "\(limits.memory)"),
    ]
    return pairs.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1) → \($0.2)" }
  }
}

extension ActionResult {
  fileprivate var words: String {
    switch self {
    case .done: "done"
    case .deferred(let reason): "deferred: \(reason)"
    case .infeasible(let reason): "infeasible: \(reason)"
    case .failed(let reason): "failed: \(reason)"
    }
  }
}

extension Reason {
  fileprivate var details: [String] {
    var lines: [String] = []
    if !numbers.isEmpty {
      let shown = numbers.map { "\($0.name) \($0.unit.text($0.value))" }
      lines.append("numbers: \(shown.joined(separator: ", "))")
    }
    if !evidence.isEmpty {
      lines.append("evidence: \(evidence.map(\.words).joined(separator: ", "))")
    }
    return lines
  }
}

extension Reason.Evidence {
  fileprivate var words: String {
    var words = "\(name.rawValue) \(signal.unit.text(signal.value))"
    if signal.window > .zero { words += " over \(signal.window.quantity)" }
    if signal.age > .zero { words += ", \(signal.age.quantity) old" }
    return signal.quality == .good ? words : "\(words), \(signal.quality.rawValue)"
  }
}

extension Outcome.Change {
  fileprivate var words: String {
    let (old, new) = (before.map(name.unit.text) ?? "none", after.map(name.unit.text) ?? "none")
    return "\(name.rawValue) of \(subject) \(old) → \(new)"
  }
}

extension Signal.Unit {
  /// A value in this unit, to three digits.
  package func text(_ value: Double) -> String {
    switch self {
    case .seconds: value < 1 ? "\((value * 1000).toThreeDigits)ms" : "\(value.toThreeDigits)s"
    case .requestsPerSecond: "\(value.toThreeDigits)/s"
    case .millicores: "\(value.toThreeDigits)m"
    case .bytes: "\((value / 1_048_576).toThreeDigits)Mi"
    case .requests, .replicas, .ratio, .events: value.toThreeDigits
    }
  }
}

extension Double {
  fileprivate var toThreeDigits: String {
    guard isFinite, self != 0 else { return isFinite ? "0" : "\(self)" }
    var scale = 1.0
    while (self * scale).magnitude < 100, scale < 1e6 { scale *= 10 }
    let rounded = (self * scale).rounded() / scale
    return Int(exactly: rounded).map(String.init) ?? "\(rounded)"
  }
}

extension Duration {
  /// Hours, minutes and seconds since the world began: `01:02:03`.
  package var clock: String {
    let seconds = Int(components.seconds)
    return [seconds / 3600, seconds / 60 % 60, seconds % 60]
      .map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
  }
}
