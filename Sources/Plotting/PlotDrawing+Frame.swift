/// What surrounds the series: legend, grid, axes.
extension PlotDrawing {
  func drawGrid(into output: inout SVGText) {
    for tick in y.ticks {
      guard let down = down(tick.value) else { continue }
      output.element(
        "line",
        [
          "class": "plot-grid", "x1": number(left), "x2": number(right), "y1": number(top + down),
          "y2": number(top + down),
        ]
      )
      output.element(
        "text",
        ["x": number(left - 8), "y": number(top + down + 4), "text-anchor": "end"],
        words: tick.text
      )
    }
  }

  func drawAxes(into output: inout SVGText) {
    output.element(
      "line",
      [
        "class": "plot-axis", "x1": number(left), "x2": number(right), "y1": number(bottom),
        "y2": number(bottom),
      ]
    )
    for tick in x.ticks {
      guard let across = across(tick.value) else { continue }
      output.element(
        "text",
        ["x": number(left + across), "y": number(bottom + 17), "text-anchor": "middle"],
        words: tick.text
      )
    }
    output.element(
      "text",
      ["x": number((left + right) / 2), "y": number(height - 10), "text-anchor": "middle"],
      words: plot.x.label
    )
    let middle = number((top + bottom) / 2)
    output.element(
      "text",
      ["x": "16", "y": middle, "text-anchor": "middle", "transform": "rotate(-90 16 \(middle))"],
      words: plot.y.label
    )
  }

  /// A single series that the title names needs no legend.
  static func legendRows(_ plot: Plot, width: Double) -> [[(index: Int, x: Double)]] {
    var rows: [[(index: Int, x: Double)]] = []
    var end = Double.infinity
    for (index, series) in plot.series.enumerated() where !series.name.isEmpty {
      let length = 34 + Double(series.name.count) * characterWidth
      if end + length > width {
        rows.append([])
        end = 0
      }
      rows[rows.count - 1].append((index, end))
      end += length
    }
    return rows
  }

  func drawLegend(into output: inout SVGText) {
    for (row, entries) in Self.legendRows(plot, width: right - left).enumerated() {
      let height = 40 + 18 * Double(row)
      for (index, offset) in entries {
        drawKey(ofSeriesAt: index, x: left + offset, y: height - 4, into: &output)
        output.element(
          "text",
          ["class": "plot-legend", "x": number(left + offset + 24), "y": number(height)],
          words: plot.series[index].name
        )
      }
    }
  }

  private func drawKey(ofSeriesAt index: Int, x: Double, y: Double, into output: inout SVGText) {
    let color = color(ofSeriesAt: index)
    switch plot.series[index].shape {
    case .line, .steps, .whiskers, .level, .mark:
      let isLevel =
        switch plot.series[index].shape {
        case .level, .mark: true
        default: false
        }
      output.element(
        "line",
        [
          "class": "\(isLevel ? "plot-level " : "")plot-s\(color)", "stroke-width": "2.5",
          "x1": number(x), "x2": number(x + 18), "y1": number(y), "y2": number(y),
        ]
      )
    case .band, .bars:
      let isBand = if case .band = plot.series[index].shape { true } else { false }
      output.element(
        "rect",
        [
          "class": "\(isBand ? "plot-band " : "")plot-f\(color)", "x": number(x + 3),
          "y": number(y - 5), "width": "12", "height": "10",
        ]
      )
    }
  }
}
