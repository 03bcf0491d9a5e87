import Applications
package import OrderedJSON
import Simulation

extension ComparisonReport {
  package var markdown: String {
    let settings = Table(
      header: ["setting", "value"],
      rows: self.settings.map { [$0.name, $0.value] }
    )
    return """
      # \(title)

      \(findings.map { "- \($0)\n" }.joined())
      \(resultTable.markdown)
      \(Self.note)

      ## Entry points

      \(entryPointTable.markdown)
      \(Self.entryPointNote)

      ## Settings

      \(settings.markdown)
      ```sh
      \(command)
      ```

      """
  }

  /// One line for each run.
  package var csv: String {
    let header = [
      "policy", "role", "seed", "kept_window_share", "windows", "broken_windows", "core_hours",
      "cost", "requests", "failed_requests", "mean_replicas", "changes",
    ]
    let rows = summaries.flatMap { summary in
      summary.records.map { record in
        [
          summary.choice.text.quotedForCSV, summary.choice.role.rawValue, "\(record.key.seed)",
          record.keptWindowShare.map { "\($0)" } ?? "", "\(record.windowCount)",
          "\(record.brokenWindowCount)", "\(record.coreHours)",
          "\(record.report.cost)", "\(record.requestCount)", "\(record.failedCount)",
          "\(record.meanReplicaCount)", "\(record.changeCount)",
        ]
      }
    }
    return ([header] + rows).map { $0.joined(separator: ",") + "\n" }.joined()
  }

  /// The findings for programs.
  package var json: JSON {
    [
      "title": .string(title),
      "findings": .array(findings.map(JSON.string)),
      "winner": standings.winner.map { .string($0.choice.text) } ?? .null,
      "policies": .array(summaries.map { $0.json(entryPoints) }),
      "settings": .object(
        JSON.Object(uniqueKeysWithValues: settings.map { ($0.name, .string($0.value)) })
      ),
      "command": .string(command),
    ]
  }
}

extension PolicySummary {
  fileprivate func json(_ entryPoints: [Application.EntryPoint]) -> JSON {
    [
      "policy": .string(choice.text),
      "role": .string(choice.role.rawValue),
      "kept_window_share": keptWindows?.json ?? .null,
      "windows": windows.json,
      "broken_windows": brokenWindows.json,
      "core_hours": coreHours.json,
      "cost": cost.json,
      "failed_share": failedShare.json,
      "mean_replicas": replicas.json,
      "changes": changes.json,
      "entry_points": .array(entryPoints.indices.map { json(entryPoints[$0].name.rawValue, $0) }),
    ]
  }

  private func json(_ name: String, _ index: Int) -> JSON {
    let seconds = { (quantile: KeyPath<SimulationReport.EntryPoint, Double?>) -> JSON in
      let values = self.records.compactMap { $0.report.entryPoints[index][keyPath: quantile] }
      return values.isEmpty ? .null : Spread(values).json
    }
    return [
      "name": .string(name),
      "kept_window_share": keptWindows(at: index)?.json ?? .null,
      "p50_seconds": seconds(\.p50), "p95_seconds": seconds(\.p95), "p99_seconds": seconds(\.p99),
    ]
  }
}

extension Spread {
  fileprivate var json: JSON {
    [
      "mean": .number(mean), "least": .number(least), "most": .number(most),
      "by_seed": .array(values.map(JSON.number)),
    ]
  }
}

extension String {
  fileprivate var quotedForCSV: String {
    contains { ",\"\n".contains($0) }
      ? "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        + "\""
      : self
  }
}
