package import Applications

/// What became of one action: what was asked, what the guardrails left of it, what the world made of it.
package struct Verdict: Hashable, Sendable, Codable {
  package var proposed: Action
  /// Nil when nothing was left.
  package var permitted: Action?
  package var amendments: [Amendment]
  /// The service before it; nil if the world does not know the service.
  package var before: Standing?
  /// Nil until the world answered, and when nothing was left to do.
  package var result: ActionResult?

  package init(
    proposed: Action,
    permitted: Action?,
    amendments: [Amendment] = [],
    before: Standing?,
    result: ActionResult? = nil
  ) {
    self.proposed = proposed
    self.permitted = permitted
    self.amendments = amendments
    self.before = before
    self.result = result
  }

  /// A service's size at one moment.
  package struct Standing: Hashable, Sendable, Codable {
    package var replicaCount: Int
    package var readyReplicaCount: Int
    package var resources: Resources

    package init(_ service: ServiceObservation) {
      replicaCount = service.desiredReplicaCount
      readyReplicaCount = service.readyReplicaCount
      resources = service.resources
    }
  }
}

/// What a guardrail changed about an action, and why.
package struct Amendment: Hashable, Sendable, Codable {
  package var rule: Rule
  /// One sentence for a person.
  package var words: String

  package init(_ rule: Rule, _ words: String) {
    self.rule = rule
    self.words = words
  }

  package enum Rule: String, Hashable, Sendable, Codable {
    case unknownService, replicaBounds, resourceFloor, staleSignal, coolDown, rateCap
    case disruptionBudget, dryRun
  }
}

/// What the world answered to an action.
package enum ActionResult: Hashable, Sendable, Codable {
  /// It is under way.
  case done
  /// It will be done once there is room.
  case deferred(String)
  /// It can never be done here.
  case infeasible(String)
  /// It went wrong.
  case failed(String)

  /// Whether the service is going to change.
  package var isAccepted: Bool {
    switch self {
    case .done, .deferred: true
    case .infeasible, .failed: false
    }
  }
}
