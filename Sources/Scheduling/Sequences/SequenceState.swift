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
  /// The first block of its table that was computed in a brownout; all after it depend on it.
  private(set) var brownedFrom: Int?

  private let rootKey: BlockKey
  /// Keys of the leading full blocks, as far as they were asked for, as if there were no brownout.
  private var keys: [BlockKey] = []
  /// Keys of the blocks from ``brownedFrom`` on.
  private var brownedKeys: [BlockKey] = []

  init(_ request: Request, profile: Profile, standing: Standing) {
    self.profile = profile
    self.standing = standing
    tokens = request.prompt
    rootKey = BlockKey(salt: request.cacheSalt)
  }

  var id: SequenceID { profile.sequence }

  var quality: Quality { profile.quality }

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

  /// The key of the full block `index` without brownout, extending the chain as needed.
  mutating func key(ofBlock index: Int, length: Int) -> BlockKey {
    while keys.count <= index {
      let start = keys.count * length
      keys.append(BlockKey(parent: keys.last ?? rootKey, tokens: tokens[start..<(start + length)]))
    }
    return keys[index]
  }

  /// The key of the full block `index`, which lies in the browned part if it begins at `start`.
  private mutating func key(ofBlock index: Int, length: Int, brownedFrom start: Int?) -> BlockKey {
    guard let start, index >= start else { return key(ofBlock: index, length: length) }
    if brownedKeys.isEmpty, start > 0 { _ = key(ofBlock: start - 1, length: length) }
    while brownedKeys.count <= index - start {
      let first = (start + brownedKeys.count) * length
      let parent = brownedKeys.last ?? (start > 0 ? keys[start - 1] : rootKey)
      let own = tokens[first..<(first + length)]
      brownedKeys.append(BlockKey(parent: parent, tokens: own, isBrowned: true))
    }
    return brownedKeys[index - start]
  }

  /// The known blocks that hold its leading tokens, at most all but the last one's.
  ///
  /// Exact ones first; if `allowingBrowned`, then those of a brownout.
  private mutating func findBlocks(in pool: BlockPool, allowingBrowned: Bool) -> [BlockID] {
    let length = pool.blockLength
    var found: [BlockID] = []
    brownedFrom = nil
    brownedKeys.removeAll(keepingCapacity: true)
    while found.count < (tokens.count - 1) / length {
      let index = found.count
      if brownedFrom == nil, let block = pool.block(holding: key(ofBlock: index, length: length)) {
        found.append(block)
        continue
      }
      guard allowingBrowned,
        let block = pool.block(
          holding: key(ofBlock: index, length: length, brownedFrom: brownedFrom ?? index)
        )
      else { break }
      brownedFrom = brownedFrom ?? index
      found.append(block)
    }
    if brownedFrom == nil { brownedKeys.removeAll(keepingCapacity: true) }
    return found
  }

  /// Takes blocks for all tokens, computed ones as far as the pool knows them; false when too few are free.
  ///
  /// The last token is always left to compute, as it predicts the next one.
  mutating func start(
    in pool: inout BlockPool,
    keepingFree reserve: Int,
    allowingBrowned: Bool = false
  ) -> Bool {
    let length = pool.blockLength
    let found = findBlocks(in: pool, allowingBrowned: allowingBrowned && quality == .adaptive)
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
    brownedFrom = nil
    brownedKeys.removeAll(keepingCapacity: true)
  }

  /// Schedules as many of the remaining tokens as the step has room for.
  mutating func schedule(within budget: inout StepBudget) {
    scheduledCount = budget.take(upTo: remainingCount, at: computedCount)
  }

  /// Folds in that the scheduled tokens are computed, and makes newly filled blocks findable.
  ///
  /// `isBrowned` says whether the step was browned out, which a sequence of full quality does not feel.
  mutating func advance(in pool: inout BlockPool, isBrowned: Bool = false) {
    if isBrowned, quality == .adaptive, brownedFrom == nil, scheduledCount > 0 {
      brownedFrom = computedCount / pool.blockLength
    }
    computedCount += scheduledCount
    scheduledCount = 0
    while registeredCount < computedCount / pool.blockLength {
      let key = key(
        ofBlock: registeredCount,
        length: pool.blockLength,
        brownedFrom: brownedFrom
      )
      let isBrowned = brownedFrom.map { registeredCount >= $0 } ?? false
      pool.register(blockTable[registeredCount], as: key, isBrowned: isBrowned)
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
