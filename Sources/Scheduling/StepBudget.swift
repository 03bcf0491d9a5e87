/// What prefill may add to a step: rows, and time beside the sequences that decode.
struct StepBudget {
  let maximumRowCount: Int
  /// The tightest time-per-output-token target among the sequences that decode; nil when none has one.
  let timeLimit: Duration?
  let costModel: StepCostModel
  /// Rows that the first chunk gets even when the step is late already.
  var guaranteedRowCount: Int
  private(set) var load: StepLoad

  init(
    configuration: Scheduler.Configuration,
    timeLimit: Duration?,
    costModel: StepCostModel,
    load: StepLoad
  ) {
    maximumRowCount = configuration.maximumRowCount
    guaranteedRowCount = configuration.minimumChunk
    self.timeLimit = timeLimit
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

  /// Spends the budget on that chunk.
  mutating func take(upTo wanted: Int, at position: Int) -> Int {
    let rowCount = rowCount(upTo: wanted, at: position)
    load.add(rowCount: rowCount, at: position)
    guaranteedRowCount = max(guaranteedRowCount - rowCount, 0)
    return rowCount
  }
}
