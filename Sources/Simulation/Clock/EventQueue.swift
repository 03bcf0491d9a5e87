/// What will happen, earliest first; of simultaneous events, the one scheduled first.
///
/// A 4-ary heap in one array: half the levels of a binary one, and the four children of a node lie in two cache
/// lines. It allocates only when more events are pending than ever before.
struct EventQueue {
  private var heap: [Event] = []
  private var scheduledCount: UInt64 = 0

  var count: Int { heap.count }

  /// - Complexity: O(log count).
  mutating func schedule(_ kind: Event.Kind, _ subject: Reference, at time: VirtualTime) {
    let event = Event(kind, subject, at: time, number: scheduledCount)
    scheduledCount += 1
    heap.append(event)
    rise(event, from: heap.count - 1)
  }

  /// Takes out the first event unless it is after `end`.
  /// - Complexity: O(log count).
  mutating func popFirst(through end: VirtualTime) -> Event? {
    guard let first = heap.first, first.time <= end, let last = heap.popLast() else { return nil }
    if !heap.isEmpty { sink(last, from: 0) }
    return first
  }

  private mutating func rise(_ event: Event, from place: Int) {
    var place = place
    while place > 0 {
      let parent = (place - 1) / 4
      guard event.isBefore(heap[parent]) else { break }
      heap[place] = heap[parent]
      place = parent
    }
    heap[place] = event
  }

  private mutating func sink(_ event: Event, from place: Int) {
    var place = place
    while true {
      let firstChild = 4 * place + 1
      guard firstChild < heap.count else { break }
      var smallest = firstChild
      for child in (firstChild + 1)..<max(firstChild + 1, min(firstChild + 4, heap.count))
      where heap[child].isBefore(heap[smallest]) {
        smallest = child
      }
      guard heap[smallest].isBefore(event) else { break }
      heap[place] = heap[smallest]
      place = smallest
    }
    heap[place] = event
  }
}
