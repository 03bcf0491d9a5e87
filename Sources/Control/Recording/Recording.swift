package import Applications

/// What a controller was shown in some world, so that it, or another, can be shown it again.
package struct Recording: Hashable, Sendable {
  /// Where it comes from, and what a policy is made from besides.
  package struct Origin: Hashable, Sendable, Codable {
    /// `simulated` or `local`.
    package var world: String
    /// The command that made it.
    package var command: String
    /// The text of the application document.
    package var document: String
    package var foresight: LoadForesight?

    package init(
      world: String,
      command: String,
      document: String,
      foresight: LoadForesight? = nil
    ) {
      self.world = world
      self.command = command
      self.document = document
      self.foresight = foresight
    }
  }

  package var origin: Origin
  /// In the order in which they were made.
  package var observations: [Observation]

  package init(_ origin: Origin, observations: [Observation] = []) {
    self.origin = origin
    self.observations = observations
  }

  /// Shows everything to a policy that so far has seen nothing; what it decides changes nothing.
  package func replay(
    to policy: any Policy,
    of application: Application,
    guardrails: Guardrails = .essential
  ) async -> [JournalEntry] {
    let world = RecordedWorld(observations)
    var loop = ControlLoop(
      application,
      policy: policy,
      guardrails: guardrails,
      source: world,
      actuator: world,
      journal: MemoryJournal()
    )
    var entries: [JournalEntry] = []
    for observation in observations { entries.append(await loop.tick(at: observation.time)) }
    return entries
  }
}
