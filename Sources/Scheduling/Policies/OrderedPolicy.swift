/// The rule of a policy that is an order and nothing else.
package enum TurnRule: Sendable, Hashable {
  /// First come, first served.
  case arrival
  /// The least work first; a second of waiting outweighs `tokensPerSecond` tokens of work, so long ones get their turn.
  case work(tokensPerSecond: Int)
  /// The most urgent class first, then vLLM's priority; `ageing` of waiting outweighs one class.
  case urgency(ageing: Duration)
}

/// Serves in one order, from a single queue.
package struct OrderedPolicy: SchedulingPolicy {
  package let rule: TurnRule
  package let prefillMode: PrefillMode
  private var queue = TurnQueue()
  private var tickets = TicketTable()

  package init(_ rule: TurnRule = .arrival, prefillMode: PrefillMode = .shared) {
    self.rule = rule
    self.prefillMode = prefillMode
  }

  package func standing(of profile: Profile, _ capacity: Capacity) -> Standing {
    switch rule {
    case .arrival:
      return Standing(key: 0, rank: profile.rank)
    case .work(let tokensPerSecond):
      let work = profile.promptCount + profile.forecast.expected
      return Standing(
        at: profile.arrival + .seconds(1) * work / tokensPerSecond,
        rank: profile.rank
      )
    case .urgency(let ageing):
      return Standing(
        at: profile.arrival + profile.patience(ageing: ageing),
        rank: profile.rank
      )
    }
  }

  package mutating func enqueue(_ ticket: Ticket) {
    tickets.insert(ticket)
    queue.insert(ticket.handle, standing: ticket.standing)
  }

  package var waitingCount: Int { tickets.count }

  package func next(_ capacity: Capacity) -> Ticket? { queue.first.map { tickets[$0.handle] } }

  package mutating func drop(_ handle: Int) {
    _ = tickets.remove(handle)
    queue.remove(handle)
  }

  package func mayDisplace(_ victim: Profile, for ticket: Ticket) -> Bool {
    guard case .urgency = rule else { return false }
    return ticket.profile.outranks(victim)
  }
}

extension Profile {
  /// How much later it stands for its class and priority; a unit of priority is a tenth of a class, up to one class.
  func patience(ageing: Duration) -> Duration {
    ageing * (10 * serviceClass.urgency + min(max(priority, -10), 10)) / 10
  }

  /// Whether it may take another's seat: it is more urgent, and the other has not lost its seat too often.
  func outranks(_ victim: Profile) -> Bool {
    victim.preemptionCount < 3
      && (serviceClass.urgency, priority)
        < (victim.serviceClass.urgency, victim.priority)
  }
}
