/// The calls of one call site that have a deadline, oldest first.
///
/// All of them wait equally long, so they are due in the order in which they were sent, and only the oldest needs
/// an event. Calls that were answered leave when they have become the oldest.
struct WaitingLane {
  private struct Entry {
    var deadline: VirtualTime
    var span: Reference
  }

  private var entries: [Entry] = []
  private var head = 0
  /// Whether an event for the oldest is pending.
  var isArmed = false

  /// The deadline and the call that is due first, once those that `isOver` says are over have left.
  mutating func oldest(where isOver: (Reference) -> Bool) -> (
    deadline: VirtualTime, span: Reference
  )? {
    while head < entries.count {
      let entry = entries[head]
      if !isOver(entry.span) { return (entry.deadline, entry.span) }
      head += 1
    }
    entries.removeAll(keepingCapacity: true)
    head = 0
    return nil
  }

  mutating func append(_ span: Reference, deadline: VirtualTime) {
    // The part before the head is used again once it is the larger one.
    if head > 32, head * 2 > entries.count {
      entries.removeSubrange(..<head)
      head = 0
    }
    entries.append(Entry(deadline: deadline, span: span))
  }
}
