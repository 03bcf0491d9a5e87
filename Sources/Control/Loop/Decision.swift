package import Applications

/// What a policy wants changed, and why.
package struct Decision: Hashable, Sendable, Codable {
  /// At most one per service, in any order.
  package var actions: [Action]
  /// Services that are left as they are although a change was considered; optional, for the journal.
  package var holds: [Hold]

  package init(actions: [Action] = [], holds: [Hold] = []) {
    self.actions = actions
    self.holds = holds
  }

  package struct Hold: Hashable, Sendable, Codable {
    package var service: ServiceName
    package var reason: Reason

    package init(_ service: ServiceName, because reason: Reason) {
      self.service = service
      self.reason = reason
    }
  }
}

/// A change to one service: how many replicas, how large, or both at once.
package struct Action: Hashable, Sendable, Codable {
  package var service: ServiceName
  /// The new number of replicas; nil leaves it.
  package var replicaCount: Int?
  /// The new size of every replica, applied live; nil leaves it.
  package var resources: Resources?
  package var reason: Reason

  package init(
    _ service: ServiceName,
    replicaCount: Int? = nil,
    resources: Resources? = nil,
    because reason: Reason
  ) {
    self.service = service
    self.replicaCount = replicaCount
    self.resources = resources
    self.reason = reason
  }

  package var isEmpty: Bool { replicaCount == nil && resources == nil }
}

/// Why, in words and in numbers.
package struct Reason: Hashable, Sendable, Codable {
  /// One sentence for a person: "CPU at 84 % of the request, target 60 %: 3 → 5 replicas".
  package var words: String
  /// The numbers behind it, in the order in which they were used.
  package var numbers: [Number]
  /// The signals that were read; a guardrail refuses to shrink a service on stale ones.
  package var evidence: [Evidence]

  package init(_ words: String, numbers: [Number] = [], evidence: [Evidence] = []) {
    self.words = words
    self.numbers = numbers
    self.evidence = evidence
  }

  package struct Number: Hashable, Sendable, Codable {
    package var name: String
    package var value: Double
    package var unit: Signal.Unit

    package init(_ name: String, _ value: Double, _ unit: Signal.Unit) {
      self.name = name
      self.value = value
      self.unit = unit
    }
  }

  /// A signal as it was when it was read.
  package struct Evidence: Hashable, Sendable, Codable {
    package var name: SignalName
    package var signal: Signal

    package init(_ name: SignalName, _ signal: Signal) {
      self.name = name
      self.signal = signal
    }
  }
}
