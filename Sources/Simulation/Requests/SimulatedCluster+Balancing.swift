// Who gets a request, and who waits where.
extension SimulatedCluster {
  /// A ready replica by the service's balancing; nil when none is ready.
  /// - Complexity: O(ready replicas) for the least loaded, otherwise O(1).
  mutating func chooseReplica(of service: Int, for span: Reference) -> Reference? {
    let count = services[service].ready.count
    guard count > 1 else { return services[service].ready.first }
    switch services[service].description.balancing {
    case .random:
      var random = spans[span].random.child(0)
      return services[service].ready[random.index(below: count)]
    case .roundRobin:
      services[service].turn = (services[service].turn + 1) % count
      return services[service].ready[services[service].turn]
    case .leastLoaded:
      return leastLoaded(of: service, among: count)
    }
  }

  /// Begins behind the replica chosen last, so that ties go round.
  private mutating func leastLoaded(of service: Int, among count: Int) -> Reference {
    let start = services[service].turn
    var (best, bestPlace, bestLoad) = (Reference.none, 0, Int.max)
    for step in 1...count {
      let place = (start + step) % count
      let replica = services[service].ready[place]
      let load = replicas[replica].outstandingCount
      if load < bestLoad { (best, bestPlace, bestLoad) = (replica, place, load) }
      if load == 0 { break }
    }
    services[service].turn = bestPlace
    return best
  }

  /// The caller does not count this request any more.
  mutating func releaseReplica(of span: Span) {
    guard !span.replica.isNone, replicas.isLive(span.replica) else { return }
    replicas[span.replica].outstandingCount -= 1
  }

  mutating func enqueue(_ span: Reference, on replica: Reference) {
    spans[span].phase = .queued
    spans[span].nextInQueue = .none
    if replicas[replica].queueCount == 0 {
      replicas[replica].queueHead = span
    } else {
      spans[replicas[replica].queueTail].nextInQueue = span
    }
    replicas[replica].queueTail = span
    replicas[replica].queueCount += 1
    meters[replicas[replica].service].changeQueued(by: 1, at: now)
  }

  mutating func dequeue(from replica: Reference) -> Reference? {
    guard replicas[replica].queueCount > 0 else { return nil }
    let span = replicas[replica].queueHead
    replicas[replica].queueHead = spans[span].nextInQueue
    replicas[replica].queueCount -= 1
    meters[replicas[replica].service].changeQueued(by: -1, at: now)
    return span
  }
}
