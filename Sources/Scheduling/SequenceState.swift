/// One sequence on its way through the scheduler.
struct SequenceState: Sendable {
  let id: SequenceID
  /// Place in the order of arrival: unique, kept for life, so a preempted sequence does not lose its turn.
  let rank: UInt64
  let promptCount: Int
  let timePerOutputTokenTarget: Duration?
  let deadline: Duration?

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

  private let rootKey: BlockKey
  /// Keys of the leading full blocks, as far as they were asked for.
  private var keys: [BlockKey] = []

  init(_ request: Request, choice: Int, rank: UInt64) {
    id = SequenceID(request: request.id, choice: choice)
    self.rank = rank
    promptCount = request.prompt.count
    timePerOutputTokenTarget = request.timePerOutputTokenTarget
    deadline = request.deadline
    tokens = request.prompt
    rootKey = BlockKey(salt: request.cacheSalt)
  }

  var remainingCount: Int { tokens.count - computedCount }

  /// Whether only the latest generated token is left to compute.
  var isDecoding: Bool { remainingCount == 1 && tokens.count > promptCount }

  var due: (request: RequestID, deadline: Duration?) { (id.request, deadline) }

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

  mutating func append(_ token: Int32) { tokens.append(token) }
}
