import Forecasting
import Foundation
import Learning
import Plotting
import Tensors

/// Every forecaster on a load it has not seen, beside seasonal-naive and persistence.
struct MethodComparison {
  let learnt: [Double]
  let heldOut: [Double]
  /// Where the plot goes.
  let plot: String

  private static let readingSeconds = 5
  private static let leads = [2, 6, 12]
  private static let seedCount = 3

  private var seasonLength: Int { learnt.count / Self.readingSeconds }

  /// One forecaster's evaluations, a seed each.
  private struct Row {
    var name: String
    var evaluations: [ForecastEvaluation]
  }

  func run() throws {
    for lead in Self.leads {
      let rows = rows(lead)
      print("### \(lead * Self.readingSeconds) s ahead\n")
      print(
        "| method | mean error, requests/s | of the load | against seasonal-naive |",
        terminator: ""
      )
      print(" pinball loss of the bound | within 80 % interval | under 90 % bound | width |")
      print("| --- | --- | --- | --- | --- | --- | --- | --- |")
      let naive = mean(rows[0].evaluations) { $0.absoluteError }
      for row in rows { print(line(row, naive: naive)) }
      print("")
      if lead == 6 { try draw(rows) }
    }
  }

  private func rows(_ lead: Int) -> [Row] {
    let names = ["seasonal-naive", "persistence", "ewma", "holt-winters", "lstm", "gru"]
    var rows = names.map { Row(name: $0, evaluations: []) }
    for seed in 0..<UInt64(Self.seedCount) {
      let week = SyntheticWeek(day: learnt, seed: seed).rates(step: Self.readingSeconds)
      let unseen = SyntheticWeek(day: heldOut, seed: seed + 1000).rates(step: Self.readingSeconds)
      for (index, trained) in forecasters(week, lead: lead, seed: seed).enumerated() {
        rows[index].evaluations.append(
          ForecastEvaluation(of: trained.forecaster(), on: unseen, from: seasonLength)
        )
      }
    }
    return rows
  }

  private func forecasters(_ week: [Double], lead: Int, seed: UInt64) -> [TrainedForecaster] {
    func calibrated(_ content: TrainedForecaster.Content) -> TrainedForecaster {
      TrainedForecaster(
        calibrating: content,
        on: week,
        step: .seconds(Self.readingSeconds),
        seasonLength: seasonLength,
        lead: lead
      )
    }
    func fitted(_ method: ForecastMethod) -> TrainedForecaster {
      .fitted(
        method,
        to: week,
        step: .seconds(Self.readingSeconds),
        seasonLength: seasonLength,
        lead: lead
      )
    }
    func taught(_ cell: NetworkShape.Cell) -> TrainedForecaster {
      let shape = NetworkShape(cell: cell, seasonLength: seasonLength, horizon: lead)
      var plan = NetworkTraining.Plan()
      plan.seed = seed
      var training = NetworkTraining(shape, on: week, plan: plan)
      let product = MatrixProduct.kernels(KernelBackend(threadCount: 1))
      while !training.isFinished { _ = training.runEpoch(product: product) }
      return calibrated(.network(training.best))
    }
    return [
      fitted(.seasonalNaive), calibrated(.ewma(smoothing: 1)), fitted(.ewma), fitted(.holtWinters),
      taught(.lstm), taught(.gru),
    ]
  }

  private func mean(
    _ evaluations: [ForecastEvaluation],
    _ value: (ForecastEvaluation) -> Double
  ) -> Double {
    evaluations.reduce(0) { $0 + value($1) } / Double(evaluations.count)
  }

  private func line(_ row: Row, naive: Double) -> String {
    func percent(_ value: (ForecastEvaluation) -> Double) -> String {
      let shares = row.evaluations.map { value($0) * 100 }
      let middle = shares.reduce(0, +) / Double(shares.count)
      return String(
        format: "%.1f %% (%.1f to %.1f)",
        middle,
        shares.min() ?? .nan,
        shares.max() ?? .nan
      )
    }
    let error = mean(row.evaluations) { $0.absoluteError }
    return "| \(row.name) | \(rounded(error)) | \(percent { $0.relativeError }) |"
      + " \(String(format: "%+.0f %%", (error / naive - 1) * 100)) |"
      + " \(rounded(mean(row.evaluations) { $0.upperLoss })) | \(percent { $0.coverage }) |"
      + " \(percent { $0.upperCoverage }) | \(percent { $0.width }) |"
  }

  /// The third of the held-out days, as the GRU and as seasonal-naive foresaw it.
  private func draw(_ rows: [Row]) throws {
    let names = ["seasonal-naive", "holt-winters", "gru"]
    let plots = names.compactMap { name in
      rows.first { $0.name == name }.map { day($0, title: "\(name), 30 s ahead") }
    }
    try PlotSheet(plots, plotHeight: 220).svg.write(
      toFile: plot,
      atomically: true,
      encoding: .utf8
    )
  }

  private func day(_ row: Row, title: String) -> Plot {
    let cases = row.evaluations[0].cases.filter { $0.index / seasonLength == 2 }
    func minute(_ example: ForecastEvaluation.Case) -> Double {
      Double((example.index % seasonLength) * Self.readingSeconds) / 60
    }
    let band = cases.map { Span(minute($0), $0.forecast.lower, $0.forecast.upper) }
    let came = cases.map { Point(minute($0), $0.reading) }
    let expected = cases.map { Point(minute($0), $0.forecast.expected) }
    return Plot(
      title,
      x: Axis("minutes into the third held-out day"),
      y: Axis("requests/s", including: 0...400),
      series: [
        Series("80 % interval", .band(band), color: 1), Series("came", .line(came), color: 0),
        Series("expected", .line(expected), color: 1),
      ]
    )
  }
}
