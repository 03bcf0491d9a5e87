/// Decides, step by step, which sequences compute which tokens in which KV blocks.
///
/// Iteration-level scheduling (Orca, Yu et al. 2022, §3.2) with chunked prefill (Sarathi-Serve, Agrawal et al. 2024, §4):
/// running sequences decode first, then prompts are prefilled in chunks that keep the step within the tightest
/// time-per-output-token target of those that decode. First come, first served: sequences hold their rank for
/// life, the youngest running one is preempted when blocks run out and is recomputed later. The oldest
/// sequence therefore always advances, so everyone's turn comes.
package struct Scheduler: Sendable {
  /// Sizes that hold for a scheduler's life.
  package struct Configuration: Sendable {
    package var blockCount: Int
    package var blockLength: Int
    /// Sequences that may hold blocks at once.
    package var maximumRunningCount: Int
    /// Rows of a step; leaves room for a smallest chunk when every seat decodes.
    package var maximumRowCount: Int
    /// Rows that a prefill gets even when the step is late already, so that it advances.
    package var minimumChunk: Int

    package init(
      blockCount: Int,
      blockLength: Int,
      maximumRunningCount: Int,
      maximumRowCount: Int,
      minimumChunk: Int = 16
    ) {
      precondition(maximumRunningCount > 0 && minimumChunk > 0)
      precondition(
        maximumRowCount >= maximumRunningCount + minimumChunk,
        "\(maximumRowCount) rows for \(maximumRunningCount) seats and a chunk of \(minimumChunk)"
      )
      self.blockCount = blockCount
      self.blockLength = blockLength
      self.maximumRunningCount = maximumRunningCount
      self.maximumRowCount = maximumRowCount
      self.minimumChunk = minimumChunk
    }

    /// Why a sequence of these lengths could never run, even alone; nil when it can.
    package func refusal(promptCount: Int, maximumNewTokenCount: Int) -> Refusal? {
      // The last token is only handed out; its keys and values are never needed.
      let needed = (promptCount + maximumNewTokenCount - 1 + blockLength - 1) / blockLength
      return needed <= blockCount
        ? nil : Refusal(neededBlockCount: needed, blockCount: blockCount)
    }
  }

  /// Why a request can never be served.
  package struct Refusal: Error, Hashable, CustomStringConvertible {
    package let neededBlockCount: Int
    package let blockCount: Int

    package var description: String {
      "prompt and answer need \(neededBlockCount) KV blocks, there are \(blockCount)"
    }
  }

  package let configuration: Configuration
  package private(set) var pool: BlockPool
  package private(set) var costModel = StepCostModel()
  /// Holders of blocks, by rank.
  private(set) var running: [SequenceState] = []
  private(set) var waiting = WaitingQueue()
  private var plan = StepPlan()
  /// Decides how far steps are browned out; nil where the model has no united experts, or nobody wants it.
  package var brownout: BrownoutController?
  private var nextRank: UInt64 = 0
  /// No deadline passes before this point.
  private var earliestDeadline: Duration?

  package init(_ configuration: Configuration) {
    self.configuration = configuration
    pool = BlockPool(blockCount: configuration.blockCount, blockLength: configuration.blockLength)
  }

  package var runningCount: Int { running.count }
  package var waitingCount: Int { waiting.count }
  package var isIdle: Bool { running.isEmpty && waiting.isEmpty }

  /// Share of the blocks that sequences hold, 0...1.
  package var blockUsage: Double {
    1 - Double(pool.freeCount) / Double(pool.blockCount)
  }

  /// Puts a request's choices at the end of the queue, or says why it can never fit.
  package mutating func add(_ request: Request) -> Refusal? {
    let refusal = configuration.refusal(
      promptCount: request.prompt.count,
      maximumNewTokenCount: request.maximumNewTokenCount
    )
    if let refusal { return refusal }
    for choice in 0..<request.choiceCount {
      waiting.insert(SequenceState(request, choice: choice, rank: nextRank))
      nextRank += 1
    }
    if let deadline = request.deadline {
      earliestDeadline = min(earliestDeadline ?? deadline, deadline)
    }
    return nil
  }

  /// Forgets a request, in whatever state it is, and frees its blocks.
  package mutating func remove(_ request: RequestID) {
    remove(where: { $0.id.request == request })
  }

  /// The next step's work; empty when there is none.
  /// - Complexity: O(running sequences + rows), and O(requests) when a deadline passes.
  package mutating func plan(at now: Duration) -> StepPlan {
    plan.removeAll()
    for index in running.indices { running[index].scheduledCount = 0 }
    brownout?.advance(to: now)
    dropExpired(at: now)
    scheduleDecodes()
    schedulePrefills()
    for state in running where state.scheduledCount > 0 { plan.append(state) }
    plan.brownout = brownoutSetting()
    return plan
  }

  /// Folds a step's outcome back in; sequences that ended or were removed meanwhile free their blocks at once.
  package mutating func apply(_ result: StepResult) {
    costModel.observe(plan.load, took: result.duration)
    var samples = result.samples[...]
    for index in running.indices where running[index].scheduledCount > 0 {
      let isSampled = running[index].isSampled
      running[index].advance(in: &pool, isBrowned: plan.brownout != nil)
      guard isSampled else { continue }
      // Samples of sequences that were removed since the plan was made are passed over.
      samples = samples.drop { $0.sequence != running[index].id }
      guard let sample = samples.popFirst() else {
        preconditionFailure("no sample for \(running[index].id)")
      }
      running[index].append(sample.token)
      if sample.isLast { running[index].leave(&pool) }
    }
    running.removeAll { $0.blockTable.isEmpty }
  }

  private func brownoutSetting() -> BrownoutSetting? {
    guard let brownout, brownout.threshold < 1 else { return nil }
    let decodeCount = running.count { $0.scheduledCount > 0 && $0.isDecoding }
    return brownout.setting(
      prefills: decodeCount < plan.entries.count,
      decodes: decodeCount > 0,
      fullQualityRows: plan.entries.filter { $0.quality == .full }.map(\.rows),
      rowCount: plan.tokens.count
    )
  }

  private mutating func remove(where isGone: (SequenceState) -> Bool) {
    for index in running.indices where isGone(running[index]) { running[index].leave(&pool) }
    running.removeAll { $0.blockTable.isEmpty }
    waiting.removeAll(where: isGone)
  }

  private mutating func dropExpired(at now: Duration) {
    guard let earliest = earliestDeadline, earliest <= now else { return }
    var expired: Set<RequestID> = []
    earliestDeadline = nil
    let deadlines = [running.map(\.due), waiting.states.map(\.due)].joined()
    for case (let request, let deadline?) in deadlines {
      if deadline <= now {
        expired.insert(request)
      } else {
        earliestDeadline = min(earliestDeadline ?? deadline, deadline)
      }
    }
    plan.expired.append(contentsOf: expired.sorted())
    remove(where: { expired.contains($0.id.request) })
  }

  /// One row for every running sequence that decodes, oldest first.
  private mutating func scheduleDecodes() {
    var index = 0
    while index < running.count {
      if running[index].isDecoding, coverTokens(at: index) {
        plan.load.add(rowCount: 1, at: running[index].computedCount)
        running[index].scheduledCount = 1
      }
      index += 1
    }
  }

  /// Chunks of prompts within the time that the decoding sequences leave: of seated ones, then of waiting ones.
  private mutating func schedulePrefills() {
    var budget = StepBudget(
      configuration: configuration,
      target: running.lazy.filter { $0.scheduledCount > 0 }
        .compactMap(\.timePerOutputTokenTarget).min(),
      costModel: costModel,
      load: plan.load
    )
    for index in running.indices where running[index].scheduledCount == 0 {
      running[index].schedule(within: &budget)
    }
    // Whoever started now would take the blocks for which another was just preempted.
    if plan.preempted.isEmpty { startWaiting(within: &budget) }
    plan.load = budget.load
  }

  private mutating func startWaiting(within budget: inout StepBudget) {
    var turn = 0
    while turn < waiting.count, running.count < configuration.maximumRunningCount,
      budget.rowCount(upTo: 1, at: 0) > 0
    {
      if isLeaderPrefilling(of: waiting[turn].id) {
        turn += 1
      } else if let index = seat(turn) {
        running[index].schedule(within: &budget)
      } else {
        return
      }
    }
  }

  /// Further choices wait until the first has computed the prompt, whose blocks they then share.
  private func isLeaderPrefilling(of id: SequenceID) -> Bool {
    guard id.choice > 0 else { return false }
    let leader = SequenceID(request: id.request, choice: 0)
    return running.contains { $0.id == leader && $0.tokens.count == $0.promptCount }
  }

  /// Seats a waiting sequence with blocks for all its tokens and returns its index among the running.
  private mutating func seat(_ turn: Int) -> Int? {
    let isResumed = waiting[turn].hasRun
    // A spare block for each running sequence, so that seating one rarely means preempting it soon after.
    let isSharingBrowned = brownout.map { $0.threshold < 1 } ?? false
    guard
      waiting[turn].start(
        in: &pool,
        keepingFree: running.count,
        allowingBrowned: isSharingBrowned
      )
    else { return nil }
    let state = waiting.remove(at: turn)
    plan.starts.append(StepPlan.Start(state, isResumed: isResumed))
    let index = running.firstIndex { $0.rank > state.rank } ?? running.endIndex
    running.insert(state, at: index)
    return index
  }

  /// Extends a block table to the sequence's last token, preempting the youngest for it if need be.
  ///
  /// False when the sequence was the youngest itself.
  private mutating func coverTokens(at index: Int) -> Bool {
    while running[index].blockTable.count < pool.blockCount(forTokens: running[index].tokens.count)
    {
      if let block = pool.allocate() {
        running[index].blockTable.append(block)
      } else {
        preemptYoungest()
        guard index < running.count else { return false }
      }
    }
    return true
  }

  private mutating func preemptYoungest() {
    var victim = running.removeLast()
    victim.leave(&pool)
    plan.preempted.append(victim.id)
    waiting.insert(victim)
  }
}
