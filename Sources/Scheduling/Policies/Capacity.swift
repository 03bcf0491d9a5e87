/// What there is to give out at one moment, and what is promised already.
package struct Capacity: Sendable {
  package var now: Duration
  package var costModel: StepCostModel
  package var seatCount: Int
  package var runningCount = 0
  package var blockLength: Int
  package var freeBlockCount: Int
  /// Blocks that the running sequences are expected to take yet.
  package var expectedGrowth = 0
  /// A step in which every running sequence decodes.
  package var decodingLoad = StepLoad()
  /// The tightest time per output token among the running sequences.
  package var tightestTarget: Duration?
  /// Running sequences that brownout may not serve.
  package var fullQualityCount = 0
  /// Times per output token from this on are brownout's to keep, which can make steps shorter yet; nil if it cannot.
  package var brownoutTarget: Duration?

  package init(
    now: Duration,
    costModel: StepCostModel = StepCostModel(),
    seatCount: Int,
    blockLength: Int,
    freeBlockCount: Int
  ) {
    self.now = now
    self.costModel = costModel
    self.seatCount = seatCount
    self.blockLength = blockLength
    self.freeBlockCount = freeBlockCount
  }

  /// Blocks that `tokenCount` positions occupy.
  package func blockCount(forTokens tokenCount: Int) -> Int {
    (tokenCount + blockLength - 1) / blockLength
  }

  /// How long computing a sequence of `tokenCount` rows takes beside other work.
  package func workDuration(rows tokenCount: Int) -> Duration {
    var load = StepLoad()
    load.add(rowCount: tokenCount, at: 0)
    return duration(ofWork: load)
  }

  /// What the load adds to a step.
  package func duration(ofWork load: StepLoad) -> Duration {
    costModel.duration(of: load) - costModel.duration(of: StepLoad())
  }

  /// Counts a running sequence that holds `blockCount` blocks.
  mutating func add(_ profile: Profile, holding blockCount: Int) {
    runningCount += 1
    expectedGrowth += growth(of: profile, holding: blockCount)
    decodingLoad.add(rowCount: 1, at: profile.tokenCount)
    if profile.quality == .full { fullQualityCount += 1 }
    if let target = profile.serviceClass.timePerOutputToken {
      tightestTarget = min(tightestTarget ?? target, target)
    }
  }

  /// Counts it no longer; its target still binds, as finding the next one is not worth a search.
  mutating func remove(_ profile: Profile, holding blockCount: Int, freeing freedCount: Int) {
    runningCount -= 1
    freeBlockCount += freedCount
    expectedGrowth -= growth(of: profile, holding: blockCount)
    decodingLoad.remove(rowCount: 1, at: profile.tokenCount)
    if profile.quality == .full { fullQualityCount -= 1 }
  }

  private func growth(of profile: Profile, holding blockCount: Int) -> Int {
    max(self.blockCount(forTokens: profile.footprint) - blockCount, 0)
  }
}
