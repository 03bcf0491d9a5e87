/// The computations of one replica, the one that ends first on top.
///
/// Under processor sharing all of them advance alike, so each is known by the shared progress at which it ends.
struct JobHeap {
  struct Job {
    /// The progress, in nanoseconds of work, at which it ends.
    var end: Double
    var span: Reference
  }

  private var heap: [Job] = []

  var count: Int { heap.count }
  var isEmpty: Bool { heap.isEmpty }
  var first: Job? { heap.first }

  /// - Complexity: O(log count).
  mutating func insert(_ job: Job) {
    heap.append(job)
    var place = heap.count - 1
    while place > 0 {
      let parent = (place - 1) / 2
      guard job.end < heap[parent].end else { break }
      heap[place] = heap[parent]
      place = parent
    }
    heap[place] = job
  }

  /// - Complexity: O(log count).
  mutating func popFirst() -> Job? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty { sink(last) }
    return first
  }

  mutating func removeAll() { heap.removeAll(keepingCapacity: true) }

  private mutating func sink(_ job: Job) {
    var place = 0
    while true {
      var child = 2 * place + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].end < heap[child].end { child += 1 }
      guard heap[child].end < job.end else { break }
      heap[place] = heap[child]
      place = child
    }
    heap[place] = job
  }
}
