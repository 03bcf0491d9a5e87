/// A plot laid out on a rectangle: title, legend, grid, axes, series.
struct PlotDrawing {
  let plot: Plot
  let x: Scale
  let y: Scale
  let width: Double
  let height: Double
  /// Edges of the area between the axes.
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double

  /// Mean width of a character at 12 pixels.
  static let characterWidth = 6.6

  init(_ plot: Plot, width: Double, height: Double, left: Double) {
    self.plot = plot
    self.width = width
    self.height = height
    self.left = left
    x = Scale(
      plot.x,
      values: plot.series.flatMap(\.xValues),
      tickCount: Int(width / 90),
      isTight: true
    )
    y = Self.verticalScale(plot, height: height)
    right = width - 24
    top = 34 + 18 * Double(Self.legendRows(plot, width: width - left - 24).count)
    bottom = height - 48
  }

  private static func verticalScale(_ plot: Plot, height: Double) -> Scale {
    Scale(plot.y, values: plot.series.flatMap(\.yValues), tickCount: Int(height / 55))
  }

  /// The room that the numbers at the left and their axis's name need.
  static func leftMargin(_ plot: Plot, height: Double) -> Double {
    let longest = verticalScale(plot, height: height).ticks.map(\.text.count).max() ?? 1
    return 40 + Double(longest) * characterWidth
  }

  func draw(into output: inout SVGText) {
    output.element(
      "text",
      ["class": "plot-title", "x": number(left), "y": "22"],
      words: plot.title
    )
    drawLegend(into: &output)
    drawGrid(into: &output)
    // A nested viewport clips what lies outside, without an identifier that could clash on a page.
    output.element(
      "svg",
      [
        "x": number(left), "y": number(top), "width": number(right - left),
        "height": number(bottom - top), "overflow": "hidden",
      ]
    ) { output in
      for index in plot.series.indices { draw(seriesAt: index, into: &output) }
    }
    drawAxes(into: &output)
  }

  func number(_ value: Double) -> String { SVGText.number(value) }

  /// Distance from the left edge of the plotting area.
  func across(_ value: Double) -> Double? {
    x.position(of: value).map { $0 * (right - left) }
  }

  /// Distance from its top.
  func down(_ value: Double) -> Double? {
    y.position(of: value).map { (1 - $0) * (bottom - top) }
  }

  func color(ofSeriesAt index: Int) -> Int {
    (plot.series[index].color ?? index) % PlotSheet.paletteCount
  }
}

extension PlotDrawing {
  private func draw(seriesAt index: Int, into output: inout SVGText) {
    let color = color(ofSeriesAt: index)
    switch plot.series[index].shape {
    case .line(let points): drawLine(points, color, into: &output)
    case .steps(let points): drawLine(Self.stairs(points), color, into: &output)
    case .band(let spans): drawBand(spans, color, into: &output)
    case .bars(let values): drawBars(values, seriesAt: index, into: &output)
    case .whiskers(let ranges): drawWhiskers(ranges, into: &output)
    case .level(let value):
      guard let height = down(value) else { return }
      drawDashes(from: Point(0, height), to: Point(right - left, height), color, into: &output)
    case .mark(let value):
      guard let place = across(value) else { return }
      drawDashes(from: Point(place, 0), to: Point(place, bottom - top), color, into: &output)
    }
  }

  private func drawDashes(
    from start: Point,
    to end: Point,
    _ color: Int,
    into output: inout SVGText
  ) {
    output.element(
      "line",
      [
        "class": "plot-level plot-s\(color)", "x1": number(start.x), "x2": number(end.x),
        "y1": number(start.y), "y2": number(end.y),
      ]
    )
  }

  /// The corners of a staircase through `points`.
  private static func stairs(_ points: [Point]) -> [Point] {
    zip(points, points.dropFirst()).flatMap { [$0, Point($1.x, $0.y)] } + points.suffix(1)
  }

  private func drawLine(_ points: [Point], _ color: Int, into output: inout SVGText) {
    let places = points.map { point -> String? in
      guard let across = across(point.x), let down = down(point.y) else { return nil }
      return "\(number(across)),\(number(down))"
    }
    for run in places.split(separator: nil) {
      let places = run.compactMap(\.self)
      // One point alone is drawn as a dot: a line of no length with round ends.
      let path = places.count == 1 ? places + places : places
      output.element(
        "polyline",
        [
          "class": "plot-s\(color)", "points": path.joined(separator: " "),
          "stroke-linecap": "round",
        ]
      )
    }
  }

  private func drawBand(_ spans: [Span], _ color: Int, into output: inout SVGText) {
    let edges = spans.compactMap { span -> (high: String, low: String)? in
      guard let across = across(span.x), let high = down(span.high), let low = down(span.low) else {
        return nil
      }
      return ("\(number(across)),\(number(high))", "\(number(across)),\(number(low))")
    }
    let outline = edges.map(\.high) + edges.reversed().map(\.low)
    output.element(
      "polygon",
      ["class": "plot-band plot-f\(color)", "points": outline.joined(separator: " ")]
    )
  }

  private func drawWhiskers(_ ranges: [ClosedRange<Double>?], into output: inout SVGText) {
    let capWidth = 10.0
    for (slot, range) in ranges.enumerated() {
      guard let range, let middle = across(Double(slot)), let low = down(range.lowerBound),
        let high = down(range.upperBound)
      else { continue }
      let (left, right) = (number(middle - capWidth / 2), number(middle + capWidth / 2))
      let strokes = [
        (number(middle), number(low), number(middle), number(high)),
        (left, number(low), right, number(low)), (left, number(high), right, number(high)),
      ]
      for (x1, y1, x2, y2) in strokes {
        output.element(
          "line",
          ["class": "plot-axis", "x1": x1, "x2": x2, "y1": y1, "y2": y2, "stroke-width": "1.5"]
        )
      }
    }
  }

  private func drawBars(_ values: [Double?], seriesAt index: Int, into output: inout SVGText) {
    let groups = plot.series.indices.filter {
      if case .bars = plot.series[$0].shape { true } else { false }
    }
    guard let place = groups.firstIndex(of: index) else { return }
    let share = 0.8 / Double(groups.count)
    let base = down(0) ?? bottom - top
    for (slot, value) in values.enumerated() {
      let start = Double(slot) - 0.4 + share * Double(place)
      guard let value, let height = down(value), let first = across(start),
        let last = across(start + share)
      else { continue }
      output.element(
        "rect",
        [
          "class": "plot-f\(color(ofSeriesAt: index))", "x": number(first),
          "y": number(min(height, base)), "width": number(max(last - first - 1, 1)),
          "height": number(abs(base - height)),
        ]
      )
    }
  }
}
