extension Scheduler {
  mutating func measureCapacity(at now: Duration) {
    capacity = Capacity(
      now: now,
      costModel: costModel,
      seatCount: configuration.maximumRunningCount,
      blockLength: configuration.blockLength,
      freeBlockCount: pool.freeCount
    )
    capacity.brownoutTarget = brownout?.sparableTarget
    for state in running { capacity.add(state.profile, holding: state.blockTable.count) }
  }

  /// One row for every running sequence that decodes, the most urgent first.
  mutating func scheduleDecodes() {
    var index = 0
    while index < running.count {
      if running[index].isDecoding, coverTokens(at: index) {
        plan.load.add(rowCount: 1, at: running[index].computedCount)
        running[index].scheduledCount = 1
      }
      index += 1
    }
  }

  /// The longest step that the policy wants, and that everyone who decodes in it can bear.
  func stepLimit(at now: Duration) -> Duration? {
    let tightest = running.lazy.filter { $0.scheduledCount > 0 }
      .compactMap { $0.pace.flatMap { policy.stepLimit($0, at: now) } }
      .min()
    return [tightest, policy.stepLimit(capacity)].compactMap(\.self).min()
  }

  /// Chunks of prompts, seated or waiting, in the order of their standing.
  mutating func schedulePrefills(within limit: Duration?, mayStart: Bool) {
    var budget = StepBudget(
      configuration: configuration,
      target: limit,
      costModel: costModel,
      load: plan.load
    )
    var (mayStart, index) = (mayStart, nextPrefill(from: 0))
    while budget.rowCount(upTo: 1, at: 0) > 0 {
      if mayStart, let ticket = policy.next(capacity), isNext(ticket, before: index) {
        if let seat = seat(ticket) {
          schedule(seat, within: &budget)
          if seat <= index { index += 1 }
        } else {
          // Nobody overtakes the one whose turn it is.
          mayStart = false
        }
      } else if index < running.count {
        schedule(index, within: &budget)
        index = nextPrefill(from: index + 1)
      } else {
        break
      }
    }
    plan.load = budget.load
  }

  /// Schedules what fits of a prompt; a step that leads to its first token ends when that is due.
  private mutating func schedule(_ index: Int, within budget: inout StepBudget) {
    running[index].schedule(within: &budget)
    let state = running[index]
    guard state.isSampled, state.profile.generatedCount == 0 else { return }
    if let limit = policy.firstTokenLimit(state.profile, at: planTime) { budget.shorten(to: limit) }
  }

  private func nextPrefill(from start: Int) -> Int {
    running[start...].firstIndex { $0.scheduledCount == 0 && !$0.isDecoding } ?? running.endIndex
  }

  private func isNext(_ ticket: Ticket, before index: Int) -> Bool {
    index == running.endIndex || ticket.standing < running[index].standing
  }

  /// Seats a waiting sequence with blocks for all its tokens and returns its index among the running.
  private mutating func seat(_ ticket: Ticket) -> Int? {
    guard hasRoom(for: ticket, capacity) else { return nil }
    let isResumed = waiting[ticket.handle].hasRun
    // A spare block for each running sequence, so that seating one rarely means preempting it soon after.
    let isSharingBrowned = brownout.map { $0.threshold < 1 } ?? false
    guard
      waiting[ticket.handle].start(
        in: &pool,
        keepingFree: running.count,
        allowingBrowned: isSharingBrowned
      )
    else { return nil }
    policy.take(ticket.handle)
    var state = waiting.remove(ticket.handle)
    state.standing = ticket.standing
    plan.starts.append(StepPlan.Start(state, isResumed: isResumed))
    capacity.freeBlockCount = pool.freeCount
    capacity.add(state.profile, holding: state.blockTable.count)
    let index = running.firstIndex { $0.standing > state.standing } ?? running.endIndex
    running.insert(state, at: index)
    return index
  }

  private func hasRoom(for ticket: Ticket, _ capacity: Capacity) -> Bool {
    capacity.runningCount < capacity.seatCount && policy.hasRoom(for: ticket, capacity)
  }

  /// Takes seats from those whom the policy lets give way to the next in turn, if that is enough to seat it.
  mutating func makeRoom() {
    guard !running.isEmpty, let ticket = policy.next(capacity) else { return }
    let neededCount = pool.blockCount(forTokens: ticket.profile.tokenCount)
    var outlook = capacity
    func isSeatable() -> Bool {
      hasRoom(for: ticket, outlook)
        && neededCount + outlook.runningCount <= outlook.freeBlockCount
    }
    if isSeatable() { return }
    var victims: [Int] = []
    for index in running.indices.reversed()
    where running[index].standing > ticket.standing
      && policy.mayDisplace(running[index].profile, for: ticket)
    {
      victims.append(index)
      outlook.remove(
        running[index].profile,
        holding: running[index].blockTable.count,
        freeing: running[index].blockTable.count { pool.isLastHolder(of: $0) }
      )
      if isSeatable() { break }
    }
    guard !victims.isEmpty, isSeatable() else { return }
    for index in victims { preempt(at: index) }
    measureCapacity(at: planTime)
  }

  /// Extends a block table to the sequence's last token, preempting those that stand last for it if need be.
  ///
  /// False when the sequence was the last itself.
  private mutating func coverTokens(at index: Int) -> Bool {
    while running[index].blockTable.count < pool.blockCount(forTokens: running[index].tokens.count)
    {
      if let block = pool.allocate() {
        running[index].blockTable.append(block)
      } else {
        isShortOfBlocks = true
        preempt(at: running.count - 1)
        guard index < running.count else { return false }
      }
    }
    return true
  }

  private mutating func preempt(at index: Int) {
    var victim = running.remove(at: index)
    victim.leave(&pool)
    victim.profile.preemptionCount += 1
    plan.preempted.append(victim.id)
    displaced.append(victim)
  }
}
