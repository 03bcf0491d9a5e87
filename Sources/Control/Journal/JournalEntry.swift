/// One round of a control loop: what was decided, what was left of it, what was done.
package struct JournalEntry: Hashable, Sendable, Codable {
  /// Counts the rounds of one loop from zero.
  package var tick: Int
  /// Time since the world began.
  package var time: Duration
  package var policy: String
  package var mode: Guardrails.Mode
  package var verdicts: [Verdict]
  package var holds: [Decision.Hold]
  /// Signals that were ignored, and why.
  package var complaints: [String]

  package init(
    tick: Int,
    time: Duration,
    policy: String,
    mode: Guardrails.Mode,
    verdicts: [Verdict],
    holds: [Decision.Hold] = [],
    complaints: [String] = []
  ) {
    self.tick = tick
    self.time = time
    self.policy = policy
    self.mode = mode
    self.verdicts = verdicts
    self.holds = holds
    self.complaints = complaints
  }

  /// Whether there is nothing to tell.
  package var isEmpty: Bool { verdicts.isEmpty && holds.isEmpty && complaints.isEmpty }
}
