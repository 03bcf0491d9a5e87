extension Scheduler {
  /// Traps unless blocks, seats, queue and policy agree.
  /// - Complexity: O(blocks + sequences); for tests and idle moments.
  package func checkInvariants() {
    pool.checkInvariants()
    checkHolders()
    checkSequences()
    precondition(running.count <= configuration.maximumRunningCount)
    precondition(
      policy.waitingCount == waiting.count,
      "the policy knows of \(policy.waitingCount) of \(waiting.count) that wait"
    )
    for state in running {
      precondition(
        state.blockTable.count
          >= pool.blockCount(forTokens: state.computedCount + state.scheduledCount),
        "\(state.id) computes beyond its blocks"
      )
      precondition(state.remainingCount > 0, "\(state.id) has nothing left to compute")
    }
    for state in waiting.states {
      precondition(
        state.blockTable.isEmpty && state.computedCount == 0,
        "\(state.id) holds blocks while it waits"
      )
    }
  }

  /// Each block has as many holders as block tables name it, and no table names it twice.
  private func checkHolders() {
    var holders = Array(repeating: Int32(0), count: pool.blockCount)
    for state in running {
      precondition(
        Set(state.blockTable).count == state.blockTable.count,
        "\(state.id) holds a block twice"
      )
      for block in state.blockTable { holders[Int(block)] += 1 }
    }
    precondition(holders == pool.referenceCounts, "holders and block tables disagree")
  }

  /// Everyone is in one place, and the running ones are in order.
  private func checkSequences() {
    precondition(
      zip(running, running.dropFirst()).allSatisfy { $0.standing < $1.standing },
      "out of order: \(running.map(\.id))"
    )
    let parked = followers.values.flatMap { $0 }
    precondition(parked.count == followerCount, "\(parked.count) of \(followerCount) followers")
    let ids = running.map(\.id) + waiting.states.map(\.id) + parked.map(\.id)
    precondition(Set(ids).count == ids.count, "a sequence is held twice: \(ids)")
    let unfinishedCount = open.values.reduce(0) { $0 + $1.unfinishedCount }
    precondition(ids.count == unfinishedCount, "\(ids.count) of \(unfinishedCount) sequences")
  }
}
