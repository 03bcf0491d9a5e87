/// Static batches in the order of their promises, after UELLM.
///
/// He et al. 2024. A batch is formed when the one before it has ended, is prefilled whole and decodes to its end. Deviations: promises count
/// from arrival, as a server runs for ever; the cap that the thesis adapts to each batch is left out, since its
/// mapping is not published; predictions come from the scheduler's predictor and never cut an answer short.
package struct UELLMPolicy: SchedulingPolicy {
  package let former: BatchFormer
  private var queue = TurnQueue()
  /// Members of the current batch that wait for a seat.
  private var members = TurnQueue()
  private var tickets = TicketTable()

  package init(former: BatchFormer = .paper) { self.former = former }

  package var prefillMode: PrefillMode { .exclusive }

  package func standing(of profile: Profile, _ capacity: Capacity) -> Standing {
    Standing(at: former.order(profile), rank: profile.rank)
  }

  package mutating func enqueue(_ ticket: Ticket) {
    tickets.insert(ticket)
    // Whoever lost a seat still belongs to the batch that runs.
    if ticket.profile.preemptionCount > 0 {
      members.insert(ticket.handle, standing: ticket.standing)
    } else {
      queue.insert(ticket.handle, standing: ticket.standing)
    }
  }

  package var waitingCount: Int { tickets.count }

  package mutating func next(_ capacity: Capacity) -> Ticket? {
    if members.isEmpty, capacity.runningCount == 0 { formBatch(capacity) }
    return members.first.map { tickets[$0.handle] }
  }

  package mutating func drop(_ handle: Int) {
    _ = tickets.remove(handle)
    if !members.remove(handle) { queue.remove(handle) }
  }

  private mutating func formBatch(_ capacity: Capacity) {
    var batch = BatchFormer.Batch()
    while let (standing, handle) = queue.first, batch.count < capacity.seatCount,
      former.admits(tickets[handle].profile, to: batch, capacity)
    {
      queue.remove(handle)
      members.insert(handle, standing: standing)
      batch.add(tickets[handle].profile)
    }
  }
}
