package import Applications
import OrderedCollections

/// Holds every decision to the guardrails, and remembers what was changed when.
package struct Guard: Sendable {
  package let guardrails: Guardrails
  private let bounds: OrderedDictionary<ServiceName, ReplicaBounds>
  private var histories: [ServiceName: ChangeHistory] = [:]
  /// Replicas taken away, of any service.
  private var removals = ChangeHistory()

  package init(_ guardrails: Guardrails, for application: Application) {
    self.guardrails = guardrails
    bounds = OrderedDictionary(
      application.services.map { ($0.name, $0.replicas) },
      uniquingKeysWith: { first, _ in first }
    )
  }

  /// What may be done of a decision, action by action, in the policy's order.
  package mutating func review(_ decision: Decision, in observation: Observation) -> [Verdict] {
    let total = observation.services.values.reduce(0) { $0 + $1.desiredReplicaCount }
    var removable = guardrails.disruption.map {
      $0.allowance(of: total) - removals.removed(since: observation.time - $0.period)
    }
    return decision.actions.map {
      review($0, in: observation, removable: &removable)
    }
  }

  /// Takes note of what the world accepted.
  package mutating func settle(_ verdicts: [Verdict], at now: Duration) {
    let memory = memory
    var removed = 0
    for verdict in verdicts {
      guard let action = verdict.permitted, let before = verdict.before,
        verdict.result?.isAccepted == true
      else { continue }
      let delta = (action.replicaCount ?? before.replicaCount) - before.replicaCount
      histories[action.service, default: ChangeHistory()]
        .note(delta, isResize: action.resources != nil, at: now, keeping: memory)
      removed += min(0, delta)
    }
    removals.note(removed, isResize: false, at: now, keeping: memory)
  }

  private mutating func review(
    _ action: Action,
    in observation: Observation,
    removable: inout Int?
  ) -> Verdict {
    guard let service = observation.services[action.service], let bounds = bounds[action.service]
    else {
      let words = "the application has no service \"\(action.service)\""
      return Verdict(
        proposed: action,
        permitted: nil,
        amendments: [Amendment(.unknownService, words)],
        before: nil
      )
    }
    var draft = Draft(action, of: service)
    draft.keep(within: bounds)
    draft.keep(above: guardrails.floor)
    if let cap = guardrails.resize { draft.cap(resize: cap) }
    if let maximumAge = guardrails.maximumAge { draft.holdIfBlind(maximumAge) }
    let history = histories[action.service] ?? ChangeHistory()
    draft.coolDown(history, guardrails, at: observation.time)
    draft.cap(growth: guardrails.growth, history, at: observation.time)
    draft.cap(shrink: guardrails.shrink, history, at: observation.time)
    draft.spend(&removable)
    if guardrails.mode == .dryRun { draft.withhold() }
    return draft.verdict
  }

  /// The longest stretch that any rule looks back.
  private var memory: Duration {
    [
      guardrails.growth?.period, guardrails.shrink?.period, guardrails.disruption?.period,
      guardrails.growthCoolDown, guardrails.shrinkCoolDown,
    ].compactMap { $0 }.max() ?? .zero
  }
}
