/// What prefill may add to a step: rows, and time beside the sequences that decode.
struct StepBudget {
  let maximumRowCount: Int
  /// Longest that the step should take; nil when no decoding sequence has a target.
  private(set) var timeLimit: Duration?
  let costModel: StepCostModel
  /// Rows that the first chunk gets even when the step is late already.
  var guaranteedRowCount: Int
  private(set) var load: StepLoad

  /// What is left beside `load`, the sequences that decode, whose tightest time per output token is `target`.
  init(
    configuration: Scheduler.Configuration,
    target: Duration?,
    costModel: StepCostModel,
    load: StepLoad
  ) {
    maximumRowCount = configuration.maximumRowCount
    guaranteedRowCount = configuration.minimumChunk
    // Where decoding alone takes longer than the target, prompts would wait for ever to please it; a step that
    // is late anyway is stretched by at most half.
    timeLimit = target.map { max($0, costModel.duration(of: load) * 1.5) }
    self.costModel = costModel
    self.load = load
  }

  /// Rows of a chunk that starts at `position`, of `wanted` ones.
  func rowCount(upTo wanted: Int, at position: Int) -> Int {
    let room = min(wanted, maximumRowCount - load.rowCount)
    guard let timeLimit else { return room }
    let timely = costModel.rowCount(upTo: room, at: position, addedTo: load, within: timeLimit)
    return max(timely, min(room, guaranteedRowCount))
  }

  /// Lets the step last `limit` at most, or as long as what it holds already.
  mutating func shorten(to limit: Duration) {
    let bound = max(limit, costModel.duration(of: load))
    timeLimit = min(timeLimit ?? bound, bound)
  }

  /// Spends the budget on that chunk.
  mutating func take(upTo wanted: Int, at position: Int) -> Int {
    let rowCount = rowCount(upTo: wanted, at: position)
    load.add(rowCount: rowCount, at: position)
    guaranteedRowCount = max(guaranteedRowCount - rowCount, 0)
    return rowCount
  }
}
