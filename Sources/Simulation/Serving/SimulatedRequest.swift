package import Scheduling

/// A request of a simulated load: what a trace knows of it, and what it asks for.
package struct SimulatedRequest: Sendable, Hashable {
  package var arrival: Duration
  package var promptCount: Int
  /// How long its answer is; hidden from everyone but the oracle.
  package var outputCount: Int
  /// What the client allows the answer to be, at least ``outputCount``.
  package var maximumOutputCount: Int
  package var serviceClass: ServiceClass
  package var tenant: TenantID
  /// What its maker knows it by; means nothing here.
  package var label = 0

  package init(
    arrival: Duration,
    promptCount: Int,
    outputCount: Int,
    maximumOutputCount: Int = 1_024,
    serviceClass: ServiceClass = .standard,
    tenant: TenantID = .anonymous
  ) {
    precondition(promptCount > 0 && outputCount > 0, "\(promptCount) and \(outputCount) tokens")
    self.arrival = arrival
    self.promptCount = promptCount
    self.outputCount = outputCount
    self.maximumOutputCount = max(maximumOutputCount, outputCount)
    self.serviceClass = serviceClass
    self.tenant = tenant
  }
}

/// What became of a simulated request.
package struct SimulatedOutcome: Sendable, Hashable {
  package enum Ending: Sendable, Hashable {
    case answered(firstToken: Duration, lastToken: Duration)
    /// Turned away at once, and told when to come back.
    case refused(retryAfter: Duration)
    /// Its client hung up.
    case abandoned
    /// Larger than the whole machine.
    case impossible
  }

  package let request: SimulatedRequest
  package let ending: Ending

  /// From arrival to the first token.
  package var timeToFirstToken: Duration? {
    guard case .answered(let first, _) = ending else { return nil }
    return first - request.arrival
  }

  /// Mean time per token after the first; zero for a single token, as vLLM counts.
  package var timePerOutputToken: Duration? {
    guard case .answered(let first, let last) = ending else { return nil }
    return request.outputCount > 1 ? (last - first) / (request.outputCount - 1) : .zero
  }

  /// From arrival to the last token.
  package var totalTime: Duration? {
    guard case .answered(_, let last) = ending else { return nil }
    return last - request.arrival
  }
}

/// One token of a simulated answer.
package struct SimulatedToken: Sendable, Hashable {
  /// The request's place in the order of arrival.
  package let request: Int
  package let time: Duration
  /// Prefill for an answer's first token.
  package let phase: BrownoutController.Phase
  /// Since the token before it, or since the request's arrival.
  package let latency: Duration
}
