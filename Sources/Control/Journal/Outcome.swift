package import Applications

/// What an action did, measured once it had time to take effect.
package struct Outcome: Hashable, Sendable, Codable {
  /// The round that acted.
  package var tick: Int
  package var service: ServiceName
  /// When it was measured.
  package var time: Duration
  package var changes: [Change]

  package init(tick: Int, service: ServiceName, time: Duration, changes: [Change]) {
    self.tick = tick
    self.service = service
    self.time = time
    self.changes = changes
  }

  /// One signal before and after; nil where it was missing.
  package struct Change: Hashable, Sendable, Codable {
    /// Whose signal: the service, or an entry point.
    package var subject: String
    package var name: SignalName
    package var before: Double?
    package var after: Double?

    package init(subject: String, name: SignalName, before: Double?, after: Double?) {
      self.subject = subject
      self.name = name
      self.before = before
      self.after = after
    }
  }
}
