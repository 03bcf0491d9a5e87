import Randomness
import Tensors
import Transformer

/// Decode steps of one batch size at several thresholds, which take turns step by step, so that whatever else the
/// machine does meets all alike.
struct DecodeTrial {
  let batchSize: Int
  let roundCount: Int
  private let promptLength = 32

  init(batchSize: Int, roundCount: Int) {
    self.batchSize = batchSize
    self.roundCount = roundCount
  }

  /// What was measured at one threshold.
  struct Result {
    let threshold: Double
    /// For each round.
    let milliseconds: [Double]
    let distinctExpertCount: Double
    /// Pairs that were computed, duplicates of a token in a group once.
    let computedPairCount: Double

    /// How many times as fast as `other` it was: the quartiles over the rounds, each of which compares neighbours.
    func gains(over other: Result) -> [Double] {
      let ratios = zip(other.milliseconds, milliseconds).map { $0 / $1 }
      return [0.25, 0.5, 0.75].map(ratios.quantile)
    }
  }

  func run(_ model: TransformerModel, thresholds: [Double]) -> [Result] {
    let stepCount = thresholds.count * (roundCount + 1)
    var decoder = RandomDecoder(
      model,
      batchSize: batchSize,
      promptLength: promptLength,
      stepCount: stepCount
    )
    var times = Array(repeating: [Double](), count: thresholds.count)
    var distinct = Array(repeating: 0.0, count: thresholds.count)
    var pairs = Array(repeating: 0.0, count: thresholds.count)
    for index in 0..<stepCount {
      let turn = index % thresholds.count
      let tokens = decoder.randomTokens(count: batchSize)
      let start = ContinuousClock.now
      decoder.step(tokens, Brownout(threshold: thresholds[turn]))
      let time = (ContinuousClock.now - start) / .milliseconds(1)
      // The first round warms caches up.
      guard index >= thresholds.count else { continue }
      times[turn].append(time)
      let counts = decoder.workspace.expertCounts
      distinct[turn] += Double(counts.distinctExpertCount) / Double(roundCount)
      pairs[turn] += Double(counts.computedPairCount) / Double(roundCount)
    }
    return thresholds.indices.map {
      Result(
        threshold: thresholds[$0],
        milliseconds: times[$0],
        distinctExpertCount: distinct[$0],
        computedPairCount: pairs[$0]
      )
    }
  }
}

extension [Double] {
  /// The least number that a share of all, 0..<1, falls short of.
  func quantile(_ share: Double) -> Double { sorted()[Int(share * Double(count))] }
}

/// Sequences that are given a random token each in every step, after random prompts.
struct RandomDecoder {
  let model: TransformerModel
  let workspace: Workspace
  private let batchSize: Int
  private let cache: KVStore
  private var position = 0
  private var generator: SplitMix64

  init(_ model: TransformerModel, batchSize: Int, promptLength: Int, stepCount: Int) {
    self.model = model
    self.batchSize = batchSize
    generator = SplitMix64(seed: UInt64(batchSize))
    let length = (promptLength + stepCount + 15) / 16 * 16
    cache = model.makeCache(blockCount: batchSize, blockLength: length)
    workspace = Workspace(
      configuration: model.configuration,
      rowCapacity: batchSize * promptLength,
      logitCapacity: batchSize
    )
    step(randomTokens(count: batchSize * promptLength), nil)
  }

  mutating func randomTokens(count: Int) -> [Int32] {
    let vocabulary = Int32(model.configuration.vocabularyCount)
    return (0..<count).map { _ in Int32.random(in: 0..<vocabulary, using: &generator) }
  }

  /// Computes as many of `tokens` for each sequence as there are, sequence by sequence.
  mutating func step(_ tokens: [Int32], _ brownout: Brownout?) {
    let rowCount = tokens.count / batchSize
    var batch = AttentionBatch()
    for sequence in 0..<Int32(batchSize) {
      batch.append(rowCount: rowCount, firstPosition: position, blockTable: [sequence])
    }
    _ = model.forward(
      tokens: tokens,
      batch: batch,
      logitRows: (1...Int32(batchSize)).map { $0 * Int32(rowCount) - 1 },
      cache: cache,
      workspace: workspace,
      brownout: brownout
    )
    position += rowCount
  }
}
