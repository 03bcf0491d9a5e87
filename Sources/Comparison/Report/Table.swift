/// A table, for every form of a report; the first column holds names, the others figures.
struct Table {
  let header: [String]
  var rows: [[String]]
  /// The row that did best.
  var winner: Int?

  /// Columns padded so that it also reads well as plain text; the best row is bold.
  var markdown: String {
    let shown = rows.enumerated().map { index, row in
      index == winner ? row.map { "**\($0)**" } : row
    }
    let widths = header.indices.map { column in
      max(3, ([header] + shown).map { $0[column].count }.max() ?? 0)
    }
    let line = { (cells: [String]) in
      let padded = zip(cells, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + padding : padding + cell.0
      }
      return "| " + padded.joined(separator: " | ") + " |\n"
    }
    let rule = widths.enumerated().map { column, width in
      String(repeating: "-", count: width - 1) + (column == 0 ? "-" : ":")
    }
    return line(header) + line(rule) + shown.map(line).joined()
  }

  var html: String {
    let cells = { (row: [String], tag: String) in
      row.map { "<\(tag)>\($0.escapedForHTML)</\(tag)>" }.joined()
    }
    let body = rows.enumerated().map { index, row in
      "<tr\(index == winner ? " class=\"winner\"" : "")>\(cells(row, "td"))</tr>\n"
    }
    return """
      <table>
      <thead><tr>\(cells(header, "th"))</tr></thead>
      <tbody>
      \(body.joined())</tbody>
      </table>

      """
  }
}

extension String {
  var escapedForHTML: String {
    reduce(into: "") { text, character in
      switch character {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      default: text.append(character)
      }
    }
  }
}
