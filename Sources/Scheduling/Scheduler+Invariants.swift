import DequeModule

extension Scheduler {
  /// Traps unless blocks, seats and queue agree.
  /// - Complexity: O(blocks + sequences); for tests and idle moments.
  package func checkInvariants() {
    pool.checkInvariants()
    checkHolders()
    checkOrder()
    precondition(running.count <= configuration.maximumRunningCount)
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

  private func checkOrder() {
    for states in [running, Array(waiting.states)] {
      precondition(
        zip(states, states.dropFirst()).allSatisfy { $0.rank < $1.rank },
        "out of order: \(states.map(\.id))"
      )
    }
    let ids = running.map(\.id) + waiting.states.map(\.id)
    precondition(Set(ids).count == ids.count, "a sequence is held twice: \(ids)")
  }
}
