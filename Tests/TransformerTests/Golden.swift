import OrderedJSON
import Randomness
import Tensors

@testable import Transformer

/// A tiny model with what `transformers` computes for it; see `Goldens/README.md`.
struct Golden {
  static let names = [
    "llama2", "llama3", "llama-bias", "llama-linear", "smollm2", "mistral", "qwen2",
    "qwen2-window", "qwen2-yarn", "qwen3", "mixtral", "qwen2-moe", "qwen2-moe-sparse",
    "qwen3-moe", "olmoe",
  ]

  let folder: ModelFolder
  let prompt: [Int32]
  let greedy: [Int32]
  /// Logits after the prompt's token at each index.
  let logits: [(row: Int32, values: [Float])]

  init(_ name: String) throws {
    let path = Self.path(name)
    folder = try ModelFolder(path: path)
    let expected = try ConfigurationReader(path: path + "/expected.json")
    prompt = try expected.tokenIDs("prompt", below: 261) ?? []
    greedy = try expected.tokenIDs("greedy", below: 261) ?? []
    let rows = try expected.tokenIDs("rows", below: 261) ?? []
    let values = (expected["logits"]?.arrayValue ?? []).map { row in
      (row.arrayValue ?? []).map { Float($0.doubleValue ?? .nan) }
    }
    logits = zip(rows, values).map { (row: $0, values: $1) }
  }

  /// Where the model `name` lies in the sources.
  static func path(_ name: String) -> String {
    String(#filePath.dropLast("Golden.swift".count)) + "Goldens/" + name
  }

  func model(
    format: WeightFormat = .float32,
    backend: any ComputeBackend = KernelBackend(threadCount: 2)
  ) throws -> TransformerModel {
    try TransformerModel(folder: folder, format: format, backend: backend)
  }
}

/// Runs sequences through a model step by step, as an engine would, with scattered blocks of the cache.
final class Runner {
  let model: TransformerModel
  private let cache: KVStore
  private let workspace: Workspace
  private let blockTables: [[Int32]]
  private var lengths: [Int]

  init(_ model: TransformerModel, sequenceCount: Int = 1, blockLength: Int = 8, seed: UInt64 = 1) {
    self.model = model
    let blocksPerSequence = 160 / blockLength
    let blockCount = sequenceCount * blocksPerSequence
    cache = model.makeCache(blockCount: blockCount, blockLength: blockLength)
    workspace = Workspace(
      configuration: model.configuration,
      rowCapacity: 128,
      logitCapacity: 128
    )
    var generator = SplitMix64(seed: seed)
    let blocks = (0..<Int32(blockCount)).shuffled(using: &generator)
    blockTables = (0..<sequenceCount).map {
      Array(blocks[($0 * blocksPerSequence)..<(($0 + 1) * blocksPerSequence)])
    }
    lengths = Array(repeating: 0, count: sequenceCount)
  }

  /// One step with the next tokens of some sequences; the logits after every token, sequence by sequence.
  func step(
    _ chunks: [(sequence: Int, tokens: [Int32])],
    brownout: Brownout? = nil
  ) -> [[[Float]]] {
    var batch = AttentionBatch()
    for (sequence, tokens) in chunks {
      batch.append(
        rowCount: tokens.count,
        firstPosition: lengths[sequence],
        blockTable: blockTables[sequence]
      )
      lengths[sequence] += tokens.count
    }
    let tokens = chunks.flatMap(\.tokens)
    let logits = model.forward(
      tokens: tokens,
      batch: batch,
      logitRows: Array(0..<Int32(tokens.count)),
      cache: cache,
      workspace: workspace,
      brownout: brownout
    )
    var row = 0
    return chunks.map { chunk in
      chunk.tokens.map { _ in
        defer { row += 1 }
        return Array(logits[row: row])
      }
    }
  }

  /// One step of the first sequence alone.
  func step(_ tokens: [Int32], brownout: Brownout? = nil) -> [[Float]] {
    step([(0, tokens)], brownout: brownout)[0]
  }

  /// What the latest step asked of its mixtures.
  var counts: ExpertCounts { workspace.expertCounts }
}

extension [Float] {
  /// The index of the largest number, the first among equals.
  var argmax: Int32 {
    var best = 0
    for index in indices where self[index] > self[best] { best = index }
    return Int32(best)
  }
}
