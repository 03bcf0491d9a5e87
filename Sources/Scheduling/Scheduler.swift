/// Decides, step by step, which sequences compute which tokens in which KV blocks.
///
/// Iteration-level scheduling (Orca, Yu et al. 2022, §3.2) with chunked prefill (Sarathi-Serve, Agrawal et al. 2024, §4):
/// running sequences decode first, then prompts are prefilled in chunks that keep the step within what those that
/// decode can bear. Whose turn it is, a ``SchedulingPolicy`` says, through standings that hold for life: the running
/// sequence that stands last is preempted when blocks run out and is recomputed later. The one that stands
/// first therefore always advances, so everyone's turn comes.
package struct Scheduler: Sendable {
  package let configuration: Configuration
  package internal(set) var pool: BlockPool
  package internal(set) var costModel = StepCostModel()
  package private(set) var prefillRate = PrefillRate()
  package internal(set) var predictor: any LengthPredictor
  var policy: any SchedulingPolicy
  /// Holders of blocks, by standing.
  var running: [SequenceState] = []
  var waiting = WaitingRoom()
  /// Choices that wait for the first of their request to compute the prompt, whose blocks they then share.
  var followers: [RequestID: [SequenceState]] = [:]
  var followerCount = 0
  /// Requests that are not over.
  var open: [RequestID: OpenRequest] = [:]
  var deadlines = DeadlineQueue()
  var plan = StepPlan()
  /// Decides how far steps are browned out; nil where the model has no united experts, or nobody wants it.
  package var brownout: BrownoutController?
  var planTime: Duration = .zero
  var nextRank: UInt64 = 0
  var capacity: Capacity
  /// Lost their seat in this step and queue again after it.
  var displaced: [SequenceState] = []
  /// Whether a sequence lost its seat in this step because another ran out of blocks.
  var isShortOfBlocks = false

  struct OpenRequest: Sendable {
    let choiceCount: Int
    var unfinishedCount: Int
  }

  package init(
    _ configuration: Configuration,
    policy: any SchedulingPolicy = OrderedPolicy(),
    predictor: any LengthPredictor = MaximumLength()
  ) {
    self.configuration = configuration
    self.policy = policy
    self.predictor = predictor
    pool = BlockPool(blockCount: configuration.blockCount, blockLength: configuration.blockLength)
    capacity = Capacity(
      now: .zero,
      seatCount: configuration.maximumRunningCount,
      blockLength: configuration.blockLength,
      freeBlockCount: configuration.blockCount
    )
  }

  package var runningCount: Int { running.count }
  package var waitingCount: Int { waiting.count + followerCount }
  package var isIdle: Bool { open.isEmpty }

  /// Share of the blocks that sequences hold, 0...1.
  package var blockUsage: Double {
    1 - Double(pool.freeCount) / Double(pool.blockCount)
  }

  /// Lets a request's choices wait for their turn, or says why it can never fit.
  package mutating func add(_ request: Request) -> Refusal? {
    let refusal = configuration.refusal(
      promptCount: request.prompt.count,
      maximumNewTokenCount: request.maximumNewTokenCount
    )
    if let refusal { return refusal }
    let choices = (0..<request.choiceCount).map { makeSequence(request, choice: $0) }
    open[request.id] = OpenRequest(choiceCount: choices.count, unfinishedCount: choices.count)
    enqueue(choices[0])
    if choices.count > 1 {
      followers[request.id] = Array(choices[1...])
      followerCount += choices.count - 1
    }
    if let deadline = request.deadline { deadlines.insert(request.id, deadline: deadline) }
    return nil
  }

  /// Forgets a request, in whatever state it is, and frees its blocks.
  package mutating func remove(_ request: RequestID) {
    guard let choiceCount = open.removeValue(forKey: request)?.choiceCount else { return }
    for index in running.indices where running[index].id.request == request {
      running[index].leave(&pool)
    }
    running.removeAll { $0.blockTable.isEmpty }
    if let parked = followers.removeValue(forKey: request) { followerCount -= parked.count }
    for choice in 0..<choiceCount {
      let id = SequenceID(request: request, choice: choice)
      guard let handle = waiting.handle(of: id) else { continue }
      policy.drop(handle)
      _ = waiting.remove(handle)
    }
  }

  /// The next step's work; empty when there is none.
  /// - Complexity: O(running sequences + rows), and O(log waiting) for each that starts.
  package mutating func plan(at now: Duration) -> StepPlan {
    plan.removeAll()
    planTime = now
    isShortOfBlocks = false
    for index in running.indices { running[index].scheduledCount = 0 }
    brownout?.advance(to: now)
    dropExpired(at: now)
    measureCapacity(at: now)
    makeRoom()
    switch policy.prefillMode {
    case .shared:
      scheduleDecodes()
      schedulePrefills(within: stepLimit(at: now), mayStart: !isShortOfBlocks)
    case .exclusive:
      schedulePrefills(within: nil, mayStart: true)
      if plan.load.rowCount == 0 { scheduleDecodes() }
    }
    for state in running where state.scheduledCount > 0 { plan.append(state) }
    plan.brownout = brownoutSetting()
    for state in displaced { enqueue(state) }
    displaced.removeAll(keepingCapacity: true)
    return plan
  }

  /// Folds a step's outcome back in; sequences that ended or were removed meanwhile free their blocks at once.
  package mutating func apply(_ result: StepResult) {
    costModel.observe(plan.load, took: result.duration)
    prefillRate.observe(
      tokenCount: plan.load.rowCount - plan.entries.count { $0.isDecoding },
      isBacklogged: !waiting.isEmpty,
      duration: result.duration
    )
    let end = planTime + result.duration
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
      take(sample, at: end, for: index)
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
}
