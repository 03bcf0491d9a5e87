import CProbes
import Inference
import OrderedJSON
import Tensors
import Transformer

/// Answers one order after the other.
struct Desk {
  /// An order that cannot be followed.
  enum Mistake: Error, CustomStringConvertible {
    case unknownOrder(JSON)
    case noModel(order: String)
    case badField(String)

    var description: String {
      switch self {
      case .unknownOrder(let order): "\"\(order.text)\" is no order that is known here"
      case .noModel(let order): "\"\(order)\" needs a model folder on the command line"
      case .badField(let name): "the order's \"\(name)\" is missing or of the wrong kind"
      }
    }
  }

  private let options: BenchmarkOptions
  private let folder: ModelFolder?
  private let engine: LoadedEngine?
  /// What is said before the first order.
  let greeting: JSON

  init(_ options: BenchmarkOptions) throws {
    self.options = options
    let start = ContinuousClock.now
    folder = try options.model.map { try ModelFolder(path: $0) }
    engine = try folder.map { try LoadedEngine($0, options) }
    var greeting: JSON.Object = [
      "loadSeconds": .number((ContinuousClock.now - start) / .seconds(1)),
      "isCached": .bool(engine?.isReadingCache ?? false),
      "instructionSet": .string(KernelBackend.InstructionSet.best.rawValue),
    ]
    if let model = folder?.configuration {
      let inspection = ModelInspection(model, format: options.weights)
      greeting["weightBytes"] = .integer(inspection.byteCount)
      greeting["operationsPerToken"] = .integer(inspection.operationsPerToken)
      greeting["stepBytes"] = .integer(inspection.stepBytes(model))
      greeting["expertBytes"] = .integer(inspection.expertBytes)
    }
    self.greeting = .object(greeting)
  }

  /// Keeps the engine running, where there is one, while `body` hands orders in.
  func whileOpen(_ body: (Desk) async throws -> Void) async throws {
    guard let engine else { return try await body(self) }
    try await engine.whileRunning { _ in try await body(self) }
  }

  func answer(_ order: JSON) async throws -> JSON.Object {
    let name = order["do"]?.stringValue ?? ""
    switch name {
    case "generate":
      guard let engine else { throw Mistake.noModel(order: name) }
      return try await engine.answer(Workload(order)).json
    case "limits": return limits()
    case "perplexity":
      guard let folder else { throw Mistake.noModel(order: name) }
      guard let text = order["text"]?.stringValue else { throw Mistake.badField("text") }
      let scoring = try Scoring(folder, options, text: text)
      return try scoring.score(tokenLimit: order["tokens"]?.integerValue ?? .max)
    case "product":
      return ["relativeError": .number(ProductError.relative(options.weights, options.threadCount))]
    default: throw Mistake.unknownOrder(order)
    }
  }

  private func limits() -> JSON.Object {
    let threads = Int32(options.threadCount)
    return [
      "readBandwidth": .number(probe_read_bandwidth(threads, 1 << 30, 12)),
      "byteProducts": .number(probe_byte_products(threads, 12)),
    ]
  }
}

extension ModelInspection {
  /// Bytes of one expert in each layer; zero without a mixture.
  fileprivate var expertBytes: Int {
    rows.reduce(0) { total, row in
      if case .expert(_, index: 0) = row.id { total + row.byteCount } else { total }
    }
  }

  /// Bytes of weights that a step of one token reads: of a mixture the visited experts only, of an embedding that is
  /// not the head's as well nothing to speak of.
  fileprivate func stepBytes(_ model: ModelConfiguration) -> Int {
    rows.reduce(0) { total, row in
      switch row.id {
      case .embed where !model.tiesEmbeddings: total
      case .expert(_, let index) where index >= model.mixture?.topK ?? 0: total
      default: total + row.byteCount
      }
    }
  }
}
