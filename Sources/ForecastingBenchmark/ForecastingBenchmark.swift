import Forecasting
import Foundation
import Learning
import Tensors

/// Measures learning, forecasting and the detection of slow-downs (`make bench-learning`, `bench-forecasting`, `bench-anomalies`).
///
/// Rates are read from files of one number a line, a second each; results are Markdown on standard output.
@main
struct ForecastingBenchmark {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch (arguments.first, arguments.count) {
    case ("learning", 2): try LearningSpeed(trace: rates(arguments[1])).run()
    case ("forecasting", 4):
      try MethodComparison(
        learnt: rates(arguments[1]),
        heldOut: rates(arguments[2]),
        plot: arguments[3]
      ).run()
    case ("anomalies", 2...):
      try SlowDownComparison(applications: Array(arguments.dropFirst())).run()
    default:
      print(
        "usage: ForecastingBenchmark learning TRACE | forecasting TRACE HELD-OUT PLOT.SVG | anomalies APP.YAML..."
      )
      exit(2)
    }
  }

  private static func rates(_ path: String) throws -> [Double] {
    try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isNewline)
      .compactMap { Double($0) }
  }
}

/// How long it takes to teach a network of 64 units a trace of a reading a second, on one thread.
struct LearningSpeed {
  let trace: [Double]
  private static let roundCount = 3

  func run() {
    print("| network | epochs | seconds (median, spread) | examples/s | same bits each time |")
    print("| --- | --- | --- | --- | --- |")
    for cell in NetworkShape.Cell.allCases {
      let runs = (0..<Self.roundCount).map { _ in train(cell) }
      let seconds = runs.map(\.seconds).sorted()
      let middle = seconds[seconds.count / 2]
      let exampleCount = runs[0].training.epochCount * trace.count
      let isSame = runs.allSatisfy { $0.training.best == runs[0].training.best }
      print(
        "| \(cell.rawValue), 64 units | \(runs[0].training.epochCount) |",
        "\(rounded(middle)) (\(rounded(seconds[0])) to \(rounded(seconds[seconds.count - 1]))) |",
        "\(Int(Double(exampleCount) / middle)) | \(isSame ? "yes" : "NO") |"
      )
    }
  }

  /// The default plan without early stopping, so that each run does the same work.
  private func train(_ cell: NetworkShape.Cell) -> (seconds: Double, training: NetworkTraining) {
    let shape = NetworkShape(cell: cell, seasonLength: trace.count / 2, horizon: 10)
    var plan = NetworkTraining.Plan()
    plan.patience = plan.epochLimit
    var training = NetworkTraining(shape, on: trace, plan: plan)
    let product = MatrixProduct.kernels(KernelBackend(threadCount: 1))
    let duration = ContinuousClock().measure {
      while !training.isFinished { _ = training.runEpoch(product: product) }
    }
    return (duration / .seconds(1), training)
  }
}

/// A number with two decimals.
func rounded(_ value: Double) -> String { String(format: "%.2f", value) }
