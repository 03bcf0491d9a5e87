import CProbes
import OrderedJSON
import Tensors
import Transformer

/// Measures what brownout saves in a decode step of a mixture that has united experts by four beside it.
///
/// `BrownoutBenchmark MODEL [--batches 1,8,16,32] [--thresholds 1,0.8] [--rounds N] [--threads N] [--load]`;
/// `--load` prints the share of the pairs that each expert got, as JSON, and measures no time.
@main
struct BrownoutBenchmark {
  static let way = 4

  static func main() throws {
    guard let options = Options(CommandLine.arguments.dropFirst()) else {
      return print(
        "usage: BrownoutBenchmark MODEL [--batches 1,8,16,32] [--thresholds 1,0.8,0.6,0.4,0.2,0]"
          + " [--rounds 24] [--threads 2] [--load]"
      )
    }
    let folder = try ModelFolder(path: options.path)
    if options.printsLoad {
      let model = try load(folder, options)
      print(MeasuredLoad.measured(model, stepCount: options.roundCount).json.text)
    } else if let united = try folder.united(way: way) {
      measure(try load(united, options), options)
    } else {
      print("\(options.path) has no \(UnitedExperts.fileName(way: way))")
    }
  }

  private static func load(_ folder: ModelFolder, _ options: Options) throws -> TransformerModel {
    try TransformerModel(
      folder: folder,
      format: .int8,
      backend: KernelBackend(threadCount: options.threadCount)
    )
  }

  private static func measure(_ model: TransformerModel, _ options: Options) {
    let limits = MachineLimits(threadCount: options.threadCount)
    print("int8, \(options.threadCount) threads, united by \(way); \(limits)\n")
    print(SpeedTable.header)
    for batchSize in options.batchSizes {
      let trial = DecodeTrial(batchSize: batchSize, roundCount: options.roundCount)
      var table = SpeedTable(work: StepWork(model, batchSize: batchSize), limits: limits)
      for result in trial.run(model, thresholds: options.thresholds) {
        print(table.line(result, batchSize: batchSize))
      }
    }
  }
}

/// What the command line asks for; nil if it asks for nothing that there is.
struct Options {
  let path: String
  var batchSizes = [1, 8, 16, 32]
  var thresholds = [1, 0.8, 0.6, 0.4, 0.2, 0]
  var roundCount = 24
  var threadCount = 2
  var printsLoad = false

  init?(_ arguments: ArraySlice<String>) {
    guard let path = arguments.first, !path.hasPrefix("-") else { return nil }
    self.path = path
    var rest = arguments.dropFirst()
    while let name = rest.popFirst() {
      if name == "--load" {
        printsLoad = true
        continue
      }
      let numbers = (rest.popFirst() ?? "").split(separator: ",").compactMap { Double($0) }
      guard let first = numbers.first, numbers.allSatisfy({ (0...10_000).contains($0) }) else {
        return nil
      }
      switch name {
      case "--batches": batchSizes = numbers.map { max(Int($0), 1) }
      case "--thresholds": thresholds = numbers.map { min($0, 1) }
      case "--rounds": roundCount = max(Int(first), 1)
      case "--threads": threadCount = max(Int(first), 1)
      default: return nil
      }
    }
  }
}

/// What the machine can do at best, measured at the start of the run.
struct MachineLimits: CustomStringConvertible {
  let bytesPerSecond: Double
  let productsPerSecond: Double

  init(threadCount: Int) {
    bytesPerSecond = probe_read_bandwidth(Int32(threadCount), 1 << 30, 12)
    // The probe counts a multiplication and an addition as two.
    productsPerSecond = probe_byte_products(Int32(threadCount), 12) / 2
  }

  var description: String {
    "reads at most \(Int(bytesPerSecond / 1e9)) GB/s,"
      + " multiplies at most \(Int(productsPerSecond / 1e9)) billion pairs of bytes a second"
  }
}
