// Where replicas run, how many there are and how large: what an operator may change.
extension SimulatedCluster {
  /// Works towards this many replicas of a service.
  ///
  /// Those that serve least are taken away first: without a place, crashed, starting, then the youngest.
  package mutating func scale(_ service: Int, to count: Int) {
    precondition(count >= 0, "\(count) replicas")
    services[service].desiredCount = count
    let staying = services[service].replicas.filter { replicas[$0].phase != .draining }
    if staying.count < count {
      for _ in staying.count..<count { launch(addReplica(to: service)) }
    } else {
      let leaving = staying.enumerated().sorted { left, right in
        let (one, other) = (rank(left.element), rank(right.element))
        return one == other ? left.offset > right.offset : one < other
      }
      for (_, replica) in leaving.prefix(staying.count - count) { retire(replica) }
    }
  }

  private func rank(_ replica: Reference) -> Int {
    switch replicas[replica].phase {
    case .pending: 0
    case .crashed: 1
    case .starting: 2
    case .ready, .draining: 3
    }
  }

  /// Makes every replica of a service this large, live; where there is no room, as soon as there is.
  package mutating func resize(_ service: Int, to size: ReplicaSize) {
    services[service].size = size
    for replica in services[service].replicas { resizeIfRoom(replica) }
    fillRoom()
  }

  /// Replicas that wait for room: for a place, or for the size their service asks.
  package func waitingCount(of service: Int) -> Int {
    services[service].replicas.count {
      replicas[$0].phase == .pending || isResizeDeferred($0)
    }
  }

  /// Whether an empty node would hold a replica of this size.
  package func couldEverFit(_ size: ReplicaSize) -> Bool {
    nodes.contains {
      size.cpuRequest <= $0.cores && size.memoryRequest <= $0.description.memory
    }
  }

  private func isResizeDeferred(_ replica: Reference) -> Bool {
    replicas[replica].phase != .draining
      && replicas[replica].size != services[replicas[replica].service].size
  }

  private mutating func resizeIfRoom(_ replica: Reference) {
    let (old, new) = (replicas[replica].size, services[replicas[replica].service].size)
    guard old != new, replicas[replica].phase != .draining else { return }
    if let node = replicas[replica].node {
      guard nodes[node].fits(new, besides: old) else { return }
      release(replica)
      replicas[replica].size = new
      reserve(node, for: replica)
    }
    replicas[replica].size = new
    replicas[replica].processor.advance(to: now)
    replicas[replica].processor.resize(coreLimit: new.cpuLimit)
    settle(replica)
  }

  // MARK: Places

  private mutating func launch(_ replica: Reference) {
    place(replica)
    if replicas[replica].node != nil { startUp(replica) }
  }

  /// Reserves room on the node with the smallest share reserved, as Kubernetes' default scoring does; where
  /// there is none, the replica waits.
  mutating func place(_ replica: Reference) {
    let size = replicas[replica].size
    let fitting = nodes.indices.filter { nodes[$0].fits(size) }
    guard let node = fitting.min(by: { nodes[$0].reservedShare < nodes[$1].reservedShare }) else {
      unplaced.append(replica)
      return
    }
    reserve(node, for: replica)
  }

  private mutating func reserve(_ node: Int, for replica: Reference) {
    nodes[node].reserve(replicas[replica].size)
    replicas[replica].node = node
    let kept = VirtualTime(nodes[node].description.keptQuota)
    replicas[replica].processor.keptQuota = Double(kept.nanoseconds)
    ledgers[replicas[replica].service].add(replicas[replica].size, count: 1, at: now)
  }

  /// Frees the room that a replica has on its node; it goes on computing there until it is removed or moved.
  mutating func release(_ replica: Reference) {
    guard let node = replicas[replica].node else { return }
    nodes[node].release(replicas[replica].size)
    ledgers[replicas[replica].service].add(replicas[replica].size, count: -1, at: now)
  }

  /// Room may have become free: first those that want to grow get it, then those that wait for a place.
  mutating func fillRoom() {
    for service in services.indices {
      for replica in services[service].replicas where isResizeDeferred(replica) {
        resizeIfRoom(replica)
      }
    }
    let waiting = unplaced
    unplaced = []
    for replica in waiting { launch(replica) }
  }
}
