import HeapModule

/// Requests by the point at which they are worth nothing any more.
///
/// Requests that ended leave their entry behind until it is due or until such entries are the majority.
struct DeadlineQueue: Sendable {
  private struct Entry: Comparable {
    let deadline: Duration
    let request: RequestID

    static func < (left: Entry, right: Entry) -> Bool {
      (left.deadline, left.request) < (right.deadline, right.request)
    }
  }

  private var entries = Heap<Entry>()

  mutating func insert(_ request: RequestID, deadline: Duration) {
    entries.insert(Entry(deadline: deadline, request: request))
  }

  /// Takes out the first request whose deadline is not after `now`.
  mutating func popDue(at now: Duration) -> RequestID? {
    guard let first = entries.min, first.deadline <= now else { return nil }
    return entries.removeMin().request
  }

  /// Forgets entries of requests that are not open when they are more than half; `openCount` are open.
  mutating func compact(openCount: Int, isOpen: (RequestID) -> Bool) {
    guard entries.count > 2 * openCount + 64 else { return }
    entries = Heap(entries.unordered.filter { isOpen($0.request) })
  }
}
