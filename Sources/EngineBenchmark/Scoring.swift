import FoundationEssentials
import Glibc
import OrderedJSON
import Tensors
import Tokenization
import Transformer

/// How well a model predicts a text, as `tools/model/evaluate.py` scores it: documents joined by the separator,
/// every token scored once, in windows that share nothing.
struct Scoring {
  private static let separator = "<|endoftext|>"
  private static let windowLength = 2048
  /// Rows per step, all of whose logits are wanted.
  private static let chunkLength = 256
  private static let blockLength = 16

  private let model: TransformerModel
  private let workspace: Workspace
  private let cache: KVStore
  private let ids: [Int32]

  init(_ folder: ModelFolder, _ options: BenchmarkOptions, text path: String) throws {
    guard let json = try folder.json("tokenizer.json") else {
      throw Desk.Mistake.badField("text")
    }
    let tokenizer = try Tokenizer(json: json)
    model = try TransformerModel(
      folder: folder,
      format: options.weights,
      backend: KernelBackend(threadCount: options.threadCount)
    )
    workspace = Workspace(
      configuration: folder.configuration,
      rowCapacity: Self.chunkLength,
      logitCapacity: Self.chunkLength
    )
    cache = model.makeCache(
      blockCount: Self.windowLength / Self.blockLength,
      blockLength: Self.blockLength
    )
    ids = Self.ids(of: try String(contentsOfFile: path, encoding: .utf8), tokenizer)
  }

  /// Separator, document, separator, document, …, separator.
  private static func ids(of text: String, _ tokenizer: Tokenizer) -> [Int32] {
    let separators = tokenizer.id(of: separator).map { [$0] } ?? []
    return text.split(separator: separator).reduce(into: separators) { ids, document in
      let document = document.trimmingWhiteSpace
      if document.isEmpty { return }
      ids += tokenizer.encode(String(document), addSpecialTokens: false) + separators
    }
  }

  /// The perplexity over the first tokens, and how many were scored.
  func score(tokenLimit: Int) throws -> JSON.Object {
    let count = min(ids.count - 1, tokenLimit)
    let loss = stride(from: 0, to: count, by: Self.windowLength).reduce(0) {
      $0 + windowLoss(ids[$1..<min($1 + Self.windowLength, count)])
    }
    return ["perplexity": .number(exp(loss / Double(count))), "tokens": .integer(count)]
  }

  /// Summed negative log-likelihoods of the tokens after each of `inputs`.
  private func windowLoss(_ inputs: ArraySlice<Int32>) -> Double {
    let blocks = (0..<Int32(cache.blockCount)).map { $0 }
    return stride(from: inputs.startIndex, to: inputs.endIndex, by: Self.chunkLength).reduce(0) {
      let chunk = inputs[$1..<min($1 + Self.chunkLength, inputs.endIndex)]
      var batch = AttentionBatch()
      batch.append(
        rowCount: chunk.count,
        firstPosition: $1 - inputs.startIndex,
        blockTable: blocks
      )
      let logits = model.forward(
        tokens: Array(chunk),
        batch: batch,
        logitRows: (0..<Int32(chunk.count)).map { $0 },
        cache: cache,
        workspace: workspace
      )
      return chunk.indices.reduce($0) { loss, index in
        loss + Self.loss(logits[row: index - chunk.startIndex], of: Int(ids[index + 1]))
      }
    }
  }

  private static func loss(_ row: UnsafeMutableBufferPointer<Float>, of token: Int) -> Double {
    let largest = row.max() ?? 0
    var sum: Float = 0
    for logit in row { sum += expf(logit - largest) }
    return Double(logf(sum) + largest - row[token])
  }
}

extension Substring {
  fileprivate var trimmingWhiteSpace: Substring {
    let start = drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return start }
    return start[...last]
  }
}
