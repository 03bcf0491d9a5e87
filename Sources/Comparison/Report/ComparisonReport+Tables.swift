import Applications
import Plotting
import Simulation

extension ComparisonReport {
  /// The promise and its price, policy by policy.
  var resultTable: Table {
    Table(
      header: [
        "policy", "windows kept", "broken", "core-hours", "cost (units)", "failed requests",
        "mean replicas", "changes",
      ],
      rows: summaries.map { summary in
        [
          summary.choice.title,
          summary.keptText,
          "\(summary.brokenWindows.text(1)) of \(summary.windows.mean.text(0))",
          summary.coreHours.text(2),
          summary.cost.text(4),
          summary.failedShare.percentText,
          summary.replicas.mean.text(1),
          summary.changes.mean.text(0),
        ]
      },
      winner: summaries.firstIndex { $0.choice == standings.winner?.choice }
    )
  }

  /// The promise and the latency at each entry point, policies side by side.
  var entryPointTable: Table {
    Table(
      header: ["entry point", "SLO"] + summaries.map(\.choice.label),
      rows: entryPoints.enumerated().map { index, entryPoint in
        let promise = entryPoint.slo.map {
          "p\(($0.quantile * 100).text($0.quantile * 100 == ($0.quantile * 100).rounded() ? 0 : 1))"
            + " within \($0.bound.quantity)"
        }
        return [entryPoint.name.rawValue, promise ?? "none"]
          + summaries.map {
            $0.cell(at: index, isPromised: entryPoint.slo != nil)
          }
      }
    )
  }
}

extension PolicySummary {
  /// Windows kept, and the 95th percentile of all requests.
  fileprivate func cell(at entryPoint: Int, isPromised: Bool) -> String {
    let missing = isPromised ? "not measured" : "–"
    let kept = keptWindows(at: entryPoint).map { "\(($0.mean * 100).text(1)) %" } ?? missing
    let latencies = records.compactMap { $0.report.entryPoints[entryPoint].p95 }
    return kept + (latencies.average.map { ", \(($0 * 1000).text(0)) ms" } ?? "")
  }
}
