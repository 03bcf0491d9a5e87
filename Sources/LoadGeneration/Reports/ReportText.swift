package import OrderedJSON
import Plotting

extension Duration {
  /// In milliseconds with three or four significant digits.
  package var millisecondsText: String {
    let value = self / .milliseconds(1)
    let fractionCount = value < 10 ? 2 : value < 1_000 ? 1 : 0
    return value.decimalText(fractionCount: fractionCount)
  }

  var milliseconds: Double { self / .milliseconds(1) }

  /// To the microsecond, as programs read it: no separators.
  var plainMilliseconds: String { "\((milliseconds * 1_000).rounded() / 1_000)" }
}

extension Duration? {
  /// A dash for what was not measured.
  package var millisecondsText: String { self?.millisecondsText ?? "–" }
}

extension Double? {
  var percentText: String {
    map { ($0 * 100).decimalText(fractionCount: 1) + " %" } ?? "–"
  }
}

/// The quantiles that reports show.
let reportedQuantiles = [0.5, 0.9, 0.95, 0.99, 0.999]

extension LatencyHistogram {
  /// Count, mean, extremes and quantiles, in milliseconds.
  package var json: JSON {
    let milliseconds = { (value: Duration?) in value.map { JSON.number($0.milliseconds) } ?? .null }
    var members: JSON.Object = [
      "count": .integer(count),
      "mean_ms": milliseconds(mean),
      "min_ms": milliseconds(minimum),
      "max_ms": milliseconds(maximum),
    ]
    for quantile in reportedQuantiles {
      members[quantile.quantileName + "_ms"] = milliseconds(self.quantile(quantile))
    }
    return .object(members)
  }
}

extension Double {
  /// `0.999` is `p99.9`.
  var quantileName: String {
    let percent = (self * 1_000).rounded() / 10
    return "p" + (Int(exactly: percent).map(String.init) ?? "\(percent)")
  }
}

/// A Markdown table, columns padded so that it also reads well as plain text.
struct MarkdownTable {
  let header: [String]
  var rows: [[String]] = []

  init(_ header: [String]) { self.header = header }

  var text: String {
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    let line = { (cells: [String]) in
      let padded = zip(cells, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + padding : padding + cell.0
      }
      return "| " + padded.joined(separator: " | ") + " |\n"
    }
    let rule = widths.enumerated().map { column, width in
      column == 0
        ? String(repeating: "-", count: max(width, 3))
        : String(repeating: "-", count: max(width, 3) - 1) + ":"
    }
    return line(header) + "| " + rule.joined(separator: " | ") + " |\n" + rows.map(line).joined()
  }
}

extension RunDescription {
  var markdown: String {
    var table = MarkdownTable(["setting", "value"])
    table.rows = facts.map { [$0.name, $0.value.markdownCell] }
    return table.text
  }

  var json: JSON {
    .object(JSON.Object(uniqueKeysWithValues: facts.map { ($0.name, JSON.string($0.value)) }))
  }
}

extension String {
  /// Without what would end a table's cell.
  var markdownCell: String {
    String(map { $0 == "|" ? "/" : $0.isNewline ? " " : $0 })
  }
}

extension ClientCost {
  var json: JSON {
    [
      "core_share": .number(share),
      "lateness_p50_ms": lateness.quantile(0.5).map { .number($0.milliseconds) } ?? .null,
      "lateness_p99_ms": lateness.quantile(0.99).map { .number($0.milliseconds) } ?? .null,
    ]
  }

  /// One sentence for the end of a report, with a verdict where there is a limit on the share of a core.
  func sentence(limit: Double?) -> String {
    let percent = { (share: Double) in (share * 100).decimalText(fractionCount: 1) }
    let verdict = limit.map { limit in
      share > limit
        ? " **(this run is void: the limit is \(percent(limit)) %)**"
        : " (limit \(percent(limit)) %)"
    }
    return
      "The client used \(percent(share)) % of a core\(verdict ?? "") and sent 99 % of its requests"
      + " within \(lateness.quantile(0.99).millisecondsText) ms of their time."
  }
}
