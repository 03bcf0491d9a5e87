/// How prompts share the machine with sequences that decode.
package enum PrefillMode: Sendable, Hashable {
  /// In one step, in chunks that the time limit allows.
  case shared
  /// In steps of their own, whole, while nobody decodes: what the papers' baselines do.
  case exclusive
}

/// How a sequence that decodes gets on.
package struct DecodingPace: Sendable {
  package let serviceClass: ServiceClass
  /// When its first token came.
  package let start: Duration
  package let generatedCount: Int
}

/// Decides whose turn it is.
///
/// The ``Scheduler`` owns sequences, blocks and seats; a policy holds tickets of those that wait, names the next
/// and may ask for more room than physics does. What it may not do is lose one, name one twice, or change the standing of
/// one that runs: then the sequence of lowest standing always advances, whatever the policy is.
package protocol SchedulingPolicy: Sendable {
  var prefillMode: PrefillMode { get }

  /// Where a new sequence stands; asked once in its life.
  mutating func standing(of profile: Profile, _ capacity: Capacity) -> Standing

  /// Takes a ticket that waits: a new one, or one that lost its seat and keeps its standing.
  mutating func enqueue(_ ticket: Ticket)

  /// Tickets that wait.
  var waitingCount: Int { get }

  /// Whose turn it is; the same one until something changes.
  mutating func next(_ capacity: Capacity) -> Ticket?

  /// The ticket got a seat.
  mutating func take(_ handle: Int)

  /// The ticket's request is gone.
  mutating func drop(_ handle: Int)

  /// Whether the next in turn should start now, beyond having a free seat and blocks for its tokens.
  ///
  /// True whenever nothing runs, or it would never start.
  func hasRoom(for ticket: Ticket, _ capacity: Capacity) -> Bool

  /// Whether a running sequence of higher standing should lose its seat to the next in turn.
  func mayDisplace(_ victim: Profile, for ticket: Ticket) -> Bool

  /// Longest step that this sequence should sit through while prompts are computed beside it.
  func stepLimit(_ pace: DecodingPace, at now: Duration) -> Duration?

  /// Longest step that leads to this sequence's first token.
  func firstTokenLimit(_ profile: Profile, at now: Duration) -> Duration?

  /// Longest step, whoever is in it: those that come meanwhile wait for its end.
  func stepLimit(_ capacity: Capacity) -> Duration?
}

extension SchedulingPolicy {
  package var prefillMode: PrefillMode { .shared }

  package mutating func take(_ handle: Int) { drop(handle) }

  package func hasRoom(for ticket: Ticket, _ capacity: Capacity) -> Bool { true }

  package func mayDisplace(_ victim: Profile, for ticket: Ticket) -> Bool { false }

  package func stepLimit(_ pace: DecodingPace, at now: Duration) -> Duration? {
    pace.serviceClass.timePerOutputToken
  }
  package func firstTokenLimit(_ profile: Profile, at now: Duration) -> Duration? { nil }

  package func stepLimit(_ capacity: Capacity) -> Duration? { nil }
}
