/// Plots under each other as one SVG document.
///
/// It needs no script and no outside file, and reads well on light and on dark pages. Text is laid out with
/// an estimate of its width, as an SVG cannot measure it.
package struct PlotSheet: Sendable {
  package var plots: [Plot]
  /// In pixels.
  package var width: Double
  /// Of each plot, in pixels.
  package var plotHeight: Double

  package init(_ plots: [Plot], width: Double = 760, plotHeight: Double = 300) {
    self.plots = plots
    self.width = width
    self.plotHeight = plotHeight
  }

  /// The document.
  package var svg: String {
    let height = plotHeight * Double(max(plots.count, 1))
    // One margin for all, so that time runs in line.
    let left = plots.map { PlotDrawing.leftMargin($0, height: plotHeight) }.max() ?? 0
    var output = SVGText()
    output.element(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "class": "plot", "role": "img",
        "width": SVGText.number(width), "height": SVGText.number(height),
        "viewBox": "0 0 \(SVGText.number(width)) \(SVGText.number(height))",
      ]
    ) { output in
      output.element("title", words: plots.map(\.title).joined(separator: "; "))
      output.element("style", words: Self.style)
      output.element("rect", ["class": "plot-paper", "width": "100%", "height": "100%"])
      for (index, plot) in plots.enumerated() {
        output.element(
          "g",
          ["transform": "translate(0 \(SVGText.number(Double(index) * plotHeight)))"]
        ) { PlotDrawing(plot, width: width, height: plotHeight, left: left).draw(into: &$0) }
      }
    }
    return output.text
  }

  /// How many colours there are before they repeat.
  static let paletteCount = 7

  /// The palettes are Okabe and Ito's (2008), darkened for white paper and lightened for dark: told apart
  /// by people with any colour vision.
  private static let style: String = {
    let light = ["#0072b2", "#c2410c", "#00805c", "#a8508a", "#8a6d00", "#3d8fbf", "#6b6b6b"]
    let dark = ["#56b4e9", "#f0803c", "#2fc598", "#e49ac6", "#e6c229", "#8ec9ee", "#b0b0b0"]
    return """
      .plot text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
      .plot .plot-title{font-weight:600;font-size:14px}
      .plot polyline,.plot .plot-level{fill:none;stroke-width:1.8;stroke-linejoin:round}
      .plot .plot-level{stroke-dasharray:6 4}
      .plot .plot-band{fill-opacity:.2;stroke:none}
      \(rules("#1f2328", "#57606a", "#e3e7eb", "#ffffff", light))
      @media (prefers-color-scheme: dark){
      \(rules("#e6edf3", "#9da7b1", "#2c333b", "#0d1117", dark))
      }
      """
  }()

  private static func rules(
    _ ink: String,
    _ quiet: String,
    _ grid: String,
    _ paper: String,
    _ palette: [String]
  ) -> String {
    let colors = palette.enumerated().map {
      ".plot .plot-s\($0){stroke:\($1)}.plot .plot-f\($0){fill:\($1)}"
    }
    return """
      .plot .plot-paper{fill:\(paper)}
      .plot text{fill:\(quiet)}.plot .plot-title{fill:\(ink)}.plot .plot-legend{fill:\(ink)}
      .plot .plot-grid{stroke:\(grid)}.plot .plot-axis{stroke:\(quiet)}
      \(colors.joined())
      """
  }
}
