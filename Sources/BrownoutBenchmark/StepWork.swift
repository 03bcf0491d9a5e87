import Transformer

/// What a decode step reads and multiplies.
struct StepWork {
  /// Bytes of weights: all but experts and embedding table, and those of an expert.
  private let fixedBytes: Double
  private let expertBytes: Double
  /// Products of a weight and an activation: of all rows outside the experts, and of a pair of token and expert.
  private let fixedProducts: Double
  private let pairProducts: Double

  init(_ model: TransformerModel, batchSize: Int) {
    var (fixedBytes, expertBytes) = (0.0, 0.0)
    var (fixedProducts, pairProducts) = (0.0, 0.0)
    for row in ModelInspection(model.configuration, format: model.format).rows {
      switch row.id {
      case .expert, .united:
        (expertBytes, pairProducts) = (Double(row.byteCount), Double(row.parameterCount))
      case .embed where !model.configuration.tiesEmbeddings: break
      default:
        fixedBytes += Double(row.byteCount)
        fixedProducts += Double(row.parameterCount * batchSize)
      }
    }
    self.fixedBytes = fixedBytes
    self.expertBytes = expertBytes
    self.fixedProducts = fixedProducts
    self.pairProducts = pairProducts
  }

  func bytes(_ result: DecodeTrial.Result) -> Double {
    fixedBytes + result.distinctExpertCount * expertBytes
  }

  func products(_ result: DecodeTrial.Result) -> Double {
    fixedProducts + result.computedPairCount * pairProducts
  }
}

/// The lines of one batch size; the first is what the others are compared with.
struct SpeedTable {
  static let header = """
    | batch | threshold | experts/step | ms/step | tokens/s | gain | quartiles | gain by bytes read \
    | of read bandwidth | of byte products |
    | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
    """

  let work: StepWork
  let limits: MachineLimits
  private var first: DecodeTrial.Result?

  init(work: StepWork, limits: MachineLimits) {
    self.work = work
    self.limits = limits
  }

  mutating func line(_ result: DecodeTrial.Result, batchSize: Int) -> String {
    let first = first ?? result
    self.first = first
    let time = result.milliseconds.quantile(0.5)
    let gains = result.gains(over: first).map { Self.rounded($0, 2) }
    let cells = [
      "\(batchSize)", "\(result.threshold)", Self.rounded(result.distinctExpertCount, 1),
      Self.rounded(time, 2), Self.rounded(1000 * Double(batchSize) / time, 0),
      gains[1], "\(gains[0])–\(gains[2])",
      Self.rounded(work.bytes(first) / work.bytes(result), 2),
      Self.rounded(100_000 * work.bytes(result) / time / limits.bytesPerSecond, 0) + " %",
      Self.rounded(100_000 * work.products(result) / time / limits.productsPerSecond, 0) + " %",
    ]
    return "| " + cells.joined(separator: " | ") + " |"
  }

  private static func rounded(_ value: Double, _ digits: Int) -> String {
    guard digits > 0 else { return "\(Int(value.rounded()))" }
    let factor = [1.0, 10, 100][digits]
    return "\((value * factor).rounded() / factor)"
  }
}
