package import OrderedJSON
package import Plotting

/// A run against a language model server as JSON, Markdown and SVG.
package struct BenchReport: Sendable {
  package let description: RunDescription
  package let summary: RunSummary

  package init(_ description: RunDescription, _ summary: RunSummary) {
    self.description = description
    self.summary = summary
  }

  /// Every group with its name: the classes, then all of them unless there is only one.
  private var groups: [(name: String, objectives: Objectives?, summary: GroupSummary)] {
    let classes = zip(summary.classes, summary.perClass).map {
      ($0.name.isEmpty ? "all" : $0.name, Objectives?.some($0.objectives), $1)
    }
    return classes.count == 1 ? classes : classes + [("all", nil, summary.total)]
  }

  // MARK: JSON

  package var json: JSON {
    [
      "run": description.json,
      "interrupted": .bool(summary.isInterrupted),
      "elapsed_s": .number(summary.elapsed / .seconds(1)),
      "client": summary.client.json,
      "void": .bool(summary.client.isVoid),
      "groups": .array(groups.map { groupJSON($0.name, $0.objectives, $0.summary) }),
      "seconds": [
        "offered": .array(summary.seconds.map { .integer($0.offeredCount) }),
        "completed": .array(summary.seconds.map { .integer($0.completedCount) }),
        "output_tokens": .array(summary.seconds.map { .integer($0.outputTokenCount) }),
      ],
    ]
  }

  private func groupJSON(
    _ name: String,
    _ objectives: Objectives?,
    _ group: GroupSummary
  ) -> JSON {
    [
      "name": .string(name),
      "objectives": objectives?.json ?? .null,
      "offered": .integer(group.offeredCount),
      "completed": .integer(group.completedCount),
      "rejected": .integer(group.rejectedCount),
      "failed": .integer(group.failedCount),
      "unfinished": .integer(group.unfinishedCount),
      "good": .integer(group.goodCount),
      "attainment": group.attainment.map(JSON.number) ?? .null,
      "request_throughput": .number(summary.rate(group.completedCount)),
      "goodput": .number(summary.goodput(group)),
      "prompt_tokens": .integer(group.promptTokenCount),
      "output_tokens": .integer(group.outputTokenCount),
      "output_throughput": .number(summary.rate(group.outputTokenCount)),
      "ttft": group.timeToFirstToken.json,
      "tpot": group.timePerOutputToken.json,
      "itl": group.interTokenLatency.json,
      "e2el": group.endToEnd.json,
    ]
  }

  // MARK: Markdown

  package var markdown: String {
    var text = "## Benchmark\n\n"
    if summary.isInterrupted {
      text += "**Interrupted:** requests that were still running count as unfinished.\n\n"
    }
    let tables = [outcomeTable.text, latencyTable.text, description.markdown]
    text +=
      tables.joined(separator: "\n") + "\n" + summary.client.sentence(limit: ClientCost.limit)
      + "\n"
    return text
  }

  private var outcomeTable: MarkdownTable {
    var table = MarkdownTable([
      "class", "offered", "completed", "refused", "failed", "unfinished", "in SLO", "goodput/s",
      "requests/s", "tokens out/s",
    ])
    table.rows = groups.map { name, _, group in
      [
        name, "\(group.offeredCount)", "\(group.completedCount)", "\(group.rejectedCount)",
        "\(group.failedCount)", "\(group.unfinishedCount)", group.attainment.percentText,
        summary.goodput(group).decimalText(fractionCount: 3),
        summary.rate(group.completedCount).decimalText(fractionCount: 3),
        summary.rate(group.outputTokenCount).decimalText(fractionCount: 1),
      ]
    }
    return table
  }

  private var latencyTable: MarkdownTable {
    var table = MarkdownTable([
      "class", "ms", "mean", "p50", "p90", "p95", "p99", "max", "objective",
    ])
    for (name, objectives, group) in groups {
      let metrics: [(String, LatencyHistogram, Duration?)] = [
        ("TTFT", group.timeToFirstToken, objectives?.timeToFirstToken),
        ("TPOT", group.timePerOutputToken, objectives?.timePerOutputToken),
        ("ITL", group.interTokenLatency, nil),
        ("E2EL", group.endToEnd, objectives?.endToEnd),
      ]
      table.rows += metrics.map { metric, histogram, bound in
        let quantiles = [0.5, 0.9, 0.95, 0.99].map { histogram.quantile($0).millisecondsText }
        return [name, metric, histogram.mean.millisecondsText] + quantiles
          + [histogram.maximum.millisecondsText, bound.millisecondsText]
      }
    }
    return table
  }

  // MARK: SVG

  package var plots: PlotSheet {
    PlotSheet([
      distribution("Time to first token", \.timeToFirstToken, \.timeToFirstToken),
      distribution("Time per output token", \.timePerOutputToken, \.timePerOutputToken),
      timeline,
    ])
  }

  private func distribution(
    _ title: String,
    _ histogram: KeyPath<GroupSummary, LatencyHistogram>,
    _ bound: KeyPath<Objectives, Duration?>
  ) -> Plot {
    var plot = Plot(
      title,
      x: Axis("milliseconds", scale: .logarithmic),
      y: Axis("completed requests within, %", including: 0...100)
    )
    for (index, group) in groups.enumerated() {
      let steps = group.summary[keyPath: histogram].cumulative
      let points = steps.map { Point($0.value.milliseconds, $0.share * 100) }
      if !points.isEmpty { plot.series.append(Series(group.name, .steps(points), color: index)) }
      if let bound = group.objectives?[keyPath: bound] {
        let mark = Series.Shape.mark(bound.milliseconds)
        plot.series.append(Series("\(group.name) objective", mark, color: index))
      }
    }
    return plot
  }

  private var timeline: Plot {
    let series = { (count: KeyPath<RunSummary.Second, Int>) in
      summary.seconds.enumerated().map { Point(Double($0), Double($1[keyPath: count])) }
    }
    return Plot(
      "Requests in each second",
      x: Axis("seconds since the start"),
      y: Axis("requests/s", including: 0...1),
      series: [
        Series("offered", .steps(series(\.offeredCount))),
        Series("completed", .steps(series(\.completedCount))),
      ]
    )
  }
}

extension Objectives {
  var json: JSON {
    let milliseconds = { (value: Duration?) in value.map { JSON.number($0.milliseconds) } ?? .null }
    return [
      "ttft_ms": milliseconds(timeToFirstToken), "tpot_ms": milliseconds(timePerOutputToken),
      "e2el_ms": milliseconds(endToEnd),
    ]
  }
}
