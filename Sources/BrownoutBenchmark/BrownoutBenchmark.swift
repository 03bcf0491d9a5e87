import Tensors
import TestSupport
import Transformer

/// Measures what brownout saves in a decode step: `BrownoutBenchmark MODEL [THREADS]`.
///
/// Speeds do not depend on what united experts know, so some of the model's own experts stand in for them, in
/// memory of their own. Thresholds take turns step by step, so that whatever else the machine does meets all.
@main
struct BrownoutBenchmark {
  static let way = 4
  static let batchSizes = [1, 8, 16, 32]
  static let thresholds = [1, 0.8, 0.6, 0.4, 0.2, 0]
  static let promptLength = 32
  static let roundCount = 12

  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard let path = arguments.first else {
      print("usage: BrownoutBenchmark MODEL [THREADS]")
      return
    }
    let threadCount = arguments.dropFirst().first.flatMap { Int($0) } ?? 2
    let model = try load(path, threadCount: threadCount)
    let bytes = StepBytes(model)
    print("\(path), int8, \(threadCount) threads, united by \(way), first and last layer exempt")
    print("| batch | threshold | experts/step | ms/step | tokens/s | gain | gain by bytes read |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for batchSize in batchSizes {
      let results = measure(model, batchSize: batchSize)
      for (threshold, result) in zip(thresholds, results) {
        let cells: [Any] = [
          batchSize, threshold, rounded(result.distinct, 1), rounded(result.milliseconds, 2),
          rounded(1000 * Double(batchSize) / result.milliseconds, 1),
          rounded(results[0].milliseconds / result.milliseconds, 2),
          rounded(bytes.read(results[0].distinct) / bytes.read(result.distinct), 2),
        ]
        print("| " + cells.map { "\($0)" }.joined(separator: " | ") + " |")
      }
    }
  }

  private static func rounded(_ value: Double, _ digits: Int) -> Double {
    let factor = [1.0, 10, 100][digits]
    return (value * factor).rounded() / factor
  }

  private static func load(_ path: String, threadCount: Int) throws -> TransformerModel {
    var folder = try ModelFolder(path: path)
    let configuration = folder.configuration
    folder.configuration.united = UnitedExperts(
      way: way,
      groups: configuration.layers.enumerated().map { layer, settings in
        guard case .mixture(let mixture) = settings.feedForward,
          (1..<(configuration.layerCount - 1)).contains(layer)
        else { return [] }
        return UnitedExperts.neighbours(expertCount: mixture.expertCount, way: way)
      }
    )
    let model = TransformerModel(
      unloaded: folder,
      format: .int8,
      backend: KernelBackend(threadCount: threadCount)
    )
    for id in configuration.moduleIDs { try model.load(id) }
    for id in folder.configuration.moduleIDs {
      guard case .united(let layer, let group) = id else { continue }
      let member = ModuleID.expert(layer: layer, index: group * way)
      model[id] = model[member]
      // The expert itself is read again into other memory.
      try model.load(member)
    }
    return model
  }

  /// Median duration and mean number of experts for each threshold.
  private static func measure(
    _ model: TransformerModel,
    batchSize: Int
  ) -> [(milliseconds: Double, distinct: Double)] {
    let stepCount = thresholds.count * (roundCount + 1)
    let length = (promptLength + stepCount + 15) / 16 * 16
    let cache = model.makeCache(blockCount: batchSize, blockLength: length)
    let workspace = Workspace(
      configuration: model.configuration,
      rowCapacity: batchSize * promptLength,
      logitCapacity: batchSize
    )
    var generator = SplitMix64(seed: UInt64(batchSize))
    func step(_ rowCount: Int, at position: Int, _ brownout: Brownout?) {
      var batch = AttentionBatch()
      for sequence in 0..<Int32(batchSize) {
        batch.append(rowCount: rowCount, firstPosition: position, blockTable: [sequence])
      }
      let vocabulary = Int32(model.configuration.vocabularyCount)
      _ = model.forward(
        tokens: (0..<(batchSize * rowCount)).map { _ in
          Int32.random(in: 0..<vocabulary, using: &generator)
        },
        batch: batch,
        logitRows: (1...Int32(batchSize)).map { $0 * Int32(rowCount) - 1 },
        cache: cache,
        workspace: workspace,
        brownout: brownout
      )
    }
    step(promptLength, at: 0, nil)
    var times = Array(repeating: [Double](), count: thresholds.count)
    var distinct = Array(repeating: 0.0, count: thresholds.count)
    for index in 0..<stepCount {
      let turn = index % thresholds.count
      let start = ContinuousClock.now
      step(1, at: promptLength + index, Brownout(threshold: thresholds[turn]))
      // The first round warms caches up.
      guard index >= thresholds.count else { continue }
      times[turn].append((ContinuousClock.now - start) / .milliseconds(1))
      distinct[turn] += Double(workspace.expertCounts.distinctExpertCount) / Double(roundCount)
    }
    return times.indices.map { (times[$0].sorted()[roundCount / 2], distinct[$0]) }
  }
}

/// The bytes of weights that a step reads.
private struct StepBytes {
  /// All but experts and embedding table.
  let fixed: Double
  let perExpert: Double

  init(_ model: TransformerModel) {
    var fixed = 0
    var perExpert = 0
    for row in ModelInspection(model.configuration, format: model.format).rows {
      switch row.id {
      case .expert, .united: perExpert = row.byteCount
      case .embed: fixed += model.configuration.tiesEmbeddings ? row.byteCount : 0
      default: fixed += row.byteCount
      }
    }
    (self.fixed, self.perExpert) = (Double(fixed), Double(perExpert))
  }

  func read(_ expertCount: Double) -> Double { fixed + expertCount * perExpert }
}
