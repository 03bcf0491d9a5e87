/// One sequence on its way through the scheduler.
struct SequenceState: Sendable {
  var profile: Profile
  /// Kept for life, so a preempted sequence does not lose its turn.
  var standing: Standing
  /// The prompt and what was generated after it.
  private(set) var tokens: [Int32]
  /// How many leading tokens have their keys and values in the blocks.
  private(set) var computedCount = 0
  /// Tokens from `computedCount` on that the current step computes.
  var scheduledCount = 0
  /// Covers at least the computed and scheduled tokens; empty while waiting.
  var blockTable: [BlockID] = []
  /// Leading blocks of the table that are full and known to the pool.
  private(set) var registeredCount = 0
  private(set) var hasRun = false

  /// When its first token came.
  private(set) var firstTokenTime: Duration?
  /// What the engine found out about the prompt; empty if nothing.
  private(set) var features: [Float] = []

  private let rootKey: BlockKey
  /// Keys of the leading full blocks, as far as they were asked for.
  private var keys: [BlockKey] = []

  init(_ request: Request, profile: Profile, standing: Standing) {
    self.profile = profile
    self.standing = standing
    tokens = request.prompt
    rootKey = BlockKey(salt: request.cacheSalt)
  }

  var id: SequenceID { profile.sequence }

  var remainingCount: Int { tokens.count - computedCount }

  /// Whether only the latest generated token is left to compute.
  var isDecoding: Bool { remainingCount == 1 && profile.generatedCount > 0 }

  /// How it gets on, once it decodes.
  var pace: DecodingPace? {
    firstTokenTime.map {
      DecodingPace(
        serviceClass: profile.serviceClass,
        start: $0,
        generatedCount: profile.generatedCount
      )
    }
  }

  /// Whether the scheduled tokens reach the end, so that their last row predicts the next token.
  var isSampled: Bool { scheduledCount > 0 && scheduledCount == remainingCount }

  /// The key of the full block `index`, extending the chain as needed.
  mutating func key(ofBlock index: Int, length: Int) -> BlockKey {
    while keys.count <= index {
      let start = keys.count * length
      keys.append(BlockKey(parent: keys.last ?? rootKey, tokens: tokens[start..<(start + length)]))
    }
    return keys[index]
  }

  /// Takes blocks for all tokens, computed ones as far as the pool knows them; false when too few are free.
  ///
  /// The last token is always left to compute, as it predicts the next one.
  mutating func start(in pool: inout BlockPool, keepingFree reserve: Int) -> Bool {
    let length = pool.blockLength
    var found: [BlockID] = []
    while found.count < (tokens.count - 1) / length,
      let block = pool.block(holding: key(ofBlock: found.count, length: length))
    {
      found.append(block)
    }
    let freshCount = pool.blockCount(forTokens: tokens.count) - found.count
    let takenCount = freshCount + found.count { pool.isFree($0) }
    guard takenCount + reserve <= pool.freeCount else { return false }
    for block in found { pool.retain(block) }
    blockTable = found
    for _ in 0..<freshCount {
      guard let block = pool.allocate() else { preconditionFailure("\(freshCount) blocks free") }
      blockTable.append(block)
    }
    registeredCount = found.count
    computedCount = found.count * length
    hasRun = true
    return true
  }

  /// Gives up its blocks and what it computed; the tokens stay.
  mutating func leave(_ pool: inout BlockPool) {
    // From the end: the start of a sequence is the likeliest to be asked for again, so it is overwritten last.
    for block in blockTable.reversed() { pool.release(block) }
    blockTable = []
    computedCount = 0
    scheduledCount = 0
    registeredCount = 0
  }

  /// Schedules as many of the remaining tokens as the step has room for.
  mutating func schedule(within budget: inout StepBudget) {
    scheduledCount = budget.take(upTo: remainingCount, at: computedCount)
  }

  /// Folds in that the scheduled tokens are computed, and makes newly filled blocks findable.
  mutating func advance(in pool: inout BlockPool) {
    computedCount += scheduledCount
    scheduledCount = 0
    while registeredCount < computedCount / pool.blockLength {
      let key = key(ofBlock: registeredCount, length: pool.blockLength)
      pool.register(blockTable[registeredCount], as: key)
      registeredCount += 1
    }
  }

  /// Takes the token that its last row led to at `now`.
  mutating func append(_ sample: StepResult.Sample, at now: Duration) {
    tokens.append(sample.token)
    profile.generatedCount += 1
    firstTokenTime = firstTokenTime ?? now
    if !sample.features.isEmpty { features = sample.features }
  }
}
