import Distillation
import Plotting

extension EvaluationReport {
  /// What is lost over what is read: the lower and the further left, the better.
  ///
  /// Subjects with thresholds are lines with their intervals; those with fewer experts per token are one line. The
  /// ceiling, no expert at all, would leave no room for the rest and stays out.
  var plot: Plot {
    var names: [String] = []
    for row in rows where row.threshold != nil && row.distinctExpertsPerStep > 0 {
      if !names.contains(row.name) { names.append(row.name) }
    }
    var series = names.enumerated().flatMap { index, name in
      line(name, rows.filter { $0.name == name }, color: index)
    }
    for kind in ["inner layers", "all layers"] {
      let lowered = rows.filter { $0.threshold == nil && $0.name.hasSuffix(kind) }
      if !lowered.isEmpty {
        names.append(kind)
        series += line("fewer per token, \(kind)", lowered, color: names.count - 1)
      }
    }
    return Plot(
      "What brownout costs",
      x: Axis("experts read per step"),
      y: Axis("right guesses lost (%)", including: 0...5),
      series: series
    )
  }

  private func line(_ name: String, _ rows: [Row], color: Int) -> [Series] {
    let rows = rows.sorted { $0.distinctExpertsPerStep < $1.distinctExpertsPerStep }
    return [
      Series(
        name,
        .line(rows.map { Point($0.distinctExpertsPerStep, 100 * $0.accuracyLoss.value) }),
        color: color
      ),
      Series(
        "\(name), 95 %",
        .band(
          rows.map {
            Span($0.distinctExpertsPerStep, 100 * $0.accuracyLoss.low, 100 * $0.accuracyLoss.high)
          }
        ),
        color: color
      ),
    ]
  }
}
