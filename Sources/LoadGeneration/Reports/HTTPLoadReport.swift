package import OrderedJSON
package import Plotting

/// An open-loop HTTP run as JSON, Markdown and SVG.
package struct HTTPLoadReport: Sendable {
  package let description: RunDescription
  package let summary: HTTPLoadSummary

  package init(_ description: RunDescription, _ summary: HTTPLoadSummary) {
    self.description = description
    self.summary = summary
  }

  private func rate(_ count: Int) -> Double {
    summary.elapsed > .zero ? Double(count) / (summary.elapsed / .seconds(1)) : 0
  }

  package var json: JSON {
    [
      "run": description.json,
      "interrupted": .bool(summary.isInterrupted),
      "elapsed_s": .number(summary.elapsed / .seconds(1)),
      "client": summary.client.json,
      "offered": .integer(summary.offeredCount),
      "succeeded": .integer(summary.successCount),
      "timed_out": .integer(summary.timeoutCount),
      "unfinished": .integer(summary.unfinishedCount),
      "statuses": counts(summary.statusCounts.map { ("\($0)", $1) }),
      "failures": counts(summary.failureCounts.map { ($0, $1) }),
      "request_throughput": .number(rate(summary.successCount)),
      "latency": summary.latency.json,
      "service_time": summary.serviceTime.json,
      "seconds": secondsJSON,
    ]
  }

  private func counts(_ pairs: [(String, Int)]) -> JSON {
    .object(
      JSON.Object(
        uniqueKeysWithValues: pairs.sorted { $0.0 < $1.0 }.map { ($0, JSON.integer($1)) }
      )
    )
  }

  private var secondsJSON: JSON {
    var members: JSON.Object = [
      "offered": .array(summary.seconds.map { .integer($0.offeredCount) }),
      "succeeded": .array(summary.seconds.map { .integer($0.successCount) }),
    ]
    for quantile in [0.5, 0.95, 0.99] {
      members[quantile.quantileName + "_ms"] = .array(
        summary.seconds.map { second in
          second.latency.quantile(quantile).map { .number($0.milliseconds) } ?? .null
        }
      )
    }
    return .object(members)
  }

  package var markdown: String {
    var text = "## HTTP load\n\n"
    if summary.isInterrupted { text += "**Interrupted** before its plan was done.\n\n" }
    var outcome = MarkdownTable([
      "offered", "succeeded", "failed", "timed out", "unfinished", "requests/s",
    ])
    outcome.rows = [
      [
        "\(summary.offeredCount)", "\(summary.successCount)",
        "\(summary.failureCount - summary.timeoutCount)", "\(summary.timeoutCount)",
        "\(summary.unfinishedCount)", rate(summary.successCount).decimalText(fractionCount: 1),
      ]
    ]
    text += outcome.text + "\n" + latencyTable.text + "\n"
    if !failures.rows.isEmpty { text += failures.text + "\n" }
    text += description.markdown + "\n" + summary.client.sentence(limit: nil) + "\n"
    return text
  }

  private var latencyTable: MarkdownTable {
    var table = MarkdownTable(["ms", "mean", "p50", "p90", "p95", "p99", "p99.9", "max"])
    table.rows = [
      ("from the intended start", summary.latency), ("from sending", summary.serviceTime),
    ].map { name, histogram in
      [name, histogram.mean.millisecondsText]
        + reportedQuantiles.map { histogram.quantile($0).millisecondsText }
        + [histogram.maximum.millisecondsText]
    }
    return table
  }

  private var failures: MarkdownTable {
    var table = MarkdownTable(["answer", "count"])
    let statuses = summary.statusCounts.sorted { $0.key < $1.key }.map { ["\($0)", "\($1)"] }
    let reasons = summary.failureCounts.sorted { $0.key < $1.key }
      .map { [$0.markdownCell, "\($1)"] }
    table.rows = statuses + reasons
    return table
  }

  package var plots: PlotSheet {
    let points = { (value: (HTTPLoadSummary.Second) -> Double?) in
      summary.seconds.enumerated().map { Point(Double($0), value($1) ?? .nan) }
    }
    let quantile = { (quantile: Double) in points { $0.latency.quantile(quantile)?.milliseconds } }
    return PlotSheet([
      Plot(
        "Requests due in each second",
        x: Axis("seconds since the start"),
        y: Axis("requests/s", including: 0...1),
        series: [
          Series("offered", .steps(points { Double($0.offeredCount) })),
          Series("succeeded", .steps(points { Double($0.successCount) })),
        ]
      ),
      Plot(
        "Latency of the requests due in each second",
        x: Axis("seconds since the start"),
        y: Axis("milliseconds from the intended start", scale: .logarithmic),
        series: [
          Series("p50", .line(quantile(0.5))), Series("p95", .line(quantile(0.95))),
          Series("p99", .line(quantile(0.99))),
        ]
      ),
    ])
  }
}
