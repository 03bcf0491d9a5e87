/// Tickets by handle.
struct TicketTable: Sendable {
  private var tickets: [Ticket?] = []
  private(set) var count = 0

  subscript(handle: Int) -> Ticket {
    guard let ticket = tickets[handle] else { preconditionFailure("no ticket \(handle)") }
    return ticket
  }

  mutating func insert(_ ticket: Ticket) {
    while tickets.count <= ticket.handle { tickets.append(nil) }
    precondition(tickets[ticket.handle] == nil, "ticket \(ticket.handle) is held twice")
    tickets[ticket.handle] = ticket
    count += 1
  }

  /// Changes where a ticket stands.
  mutating func move(_ handle: Int, to standing: Standing) { tickets[handle]?.standing = standing }

  mutating func remove(_ handle: Int) -> Ticket {
    guard let ticket = tickets[handle].take() else { preconditionFailure("no ticket \(handle)") }
    count -= 1
    return ticket
  }
}
