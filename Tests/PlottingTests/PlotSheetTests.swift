import Foundation
import FoundationXML
import Testing

@testable import Plotting

@Suite struct PlotSheetTests {
  /// The elements of an SVG document in order, or nil if it is no well-formed XML.
  private final class Reader: NSObject, XMLParserDelegate {
    private(set) var elements: [(name: String, attributes: [String: String])] = []
    private(set) var text = ""

    init?(_ document: String) {
      super.init()
      let parser = XMLParser(data: Data(document.utf8))
      parser.delegate = self
      guard parser.parse() else { return nil }
    }

    func parser(
      _ parser: XMLParser,
      didStartElement name: String,
      namespaceURI: String?,
      qualifiedName: String?,
      attributes: [String: String]
    ) { elements.append((name, attributes)) }

    func parser(_ parser: XMLParser, foundCharacters characters: String) { text += characters }

    func named(_ name: String, _ style: String = "") -> [[String: String]] {
      elements.filter { $0.name == name && ($0.attributes["class"] ?? "").hasPrefix(style) }
        .map(\.attributes)
    }
  }

  private let plot = Plot(
    "Latency <p99> & \"goodput\"",
    x: Axis("load (requests/s)"),
    y: Axis("ms"),
    series: [
      Series("spread", .band([Span(0, 1, 3), Span(1, 2, 5), Span(2, 2, 4)]), color: 1),
      Series("median", .line([Point(0, 2), Point(1, .nan), Point(2, 3), Point(3, 4)])),
      Series("replicas", .steps([Point(0, 1), Point(2, 3)])),
      Series("objective", .level(4)),
    ]
  )

  @Test func `it is well-formed, whatever the words`() throws {
    var plot = plot
    plot.title += "\u{1}\u{FFFF} 'é' ]]>"
    plot.series[1].name = "</svg><script>alert(1)</script>"
    let reader = try #require(Reader(PlotSheet([plot, plot]).svg))
    #expect(reader.elements.first?.name == "svg")
    #expect(reader.named("script").isEmpty)
    #expect(reader.text.contains("<p99> & \"goodput\""))
  }

  @Test func `a plot without data and a sheet without plots are well-formed`() throws {
    #expect(Reader(PlotSheet([]).svg) != nil)
    let empty = Plot("nothing", x: Axis("x"), y: Axis("y", scale: .logarithmic))
    #expect(Reader(PlotSheet([empty]).svg) != nil)
  }

  @Test func `a hole breaks a line, a stair has two corners per step`() throws {
    let reader = try #require(Reader(PlotSheet([plot]).svg))
    let lines = reader.named("polyline").compactMap { $0["points"]?.split(separator: " ").count }
    // One point alone is doubled into a dot.
    #expect(lines == [2, 2, 3])
    #expect(reader.named("polygon", "plot-band").first?["points"]?.split(separator: " ").count == 6)
    #expect(reader.named("line", "plot-level").count == 2, "the rule and its key")
  }

  @Test func `bars of several series stand side by side on the axis`() throws {
    let bars = Plot(
      "goodput",
      x: Axis("policy", scale: .categories(["fcfs", "plimsoll"])),
      y: Axis("requests/s"),
      series: [Series("1x", .bars([2, 4])), Series("2x", .bars([nil, 3]))]
    )
    let reader = try #require(Reader(PlotSheet([bars]).svg))
    let all = reader.named("rect", "plot-f").filter { $0["height"] != "10" }
    let edges = all.compactMap { bar -> (Double, Double)? in
      guard let x = bar["x"].flatMap(Double.init), let width = bar["width"].flatMap(Double.init)
      else { return nil }
      return (x, x + width)
    }.sorted { $0.0 < $1.0 }
    #expect(edges.count == 3)
    #expect(zip(edges, edges.dropFirst()).allSatisfy { $0.1 <= $1.0 })
    let heights = all.compactMap { $0["height"].flatMap(Double.init) }
    #expect(abs(heights[1] / heights[0] - 2) < 0.01)
  }

  @Test func `colours follow the palette, or the series asks for one`() throws {
    let reader = try #require(Reader(PlotSheet([plot]).svg))
    #expect(reader.named("polygon").first?["class"] == "plot-band plot-f1")
    #expect(reader.named("polyline").last?["class"] == "plot-s2")
  }
}

extension PlotSheetTests {
  @Test func `whiskers reach from the least to the most and stretch the axis`() throws {
    let bars = Series("", .bars([2, 3]))
    let whiskers = Series("", .whiskers([1...9, nil]))
    let plot = Plot("", x: Axis("", scale: .categories(["a", "b"])), y: Axis("ms"))
    let strokes = { (series: [Series]) in
      var plot = plot
      plot.series = series
      let svg = PlotSheet([plot]).svg
      return svg.split(separator: "<line ").count { $0.contains("stroke-width=\"1.5\"") }
    }
    #expect(strokes([bars]) == 0)
    #expect(strokes([bars, whiskers]) == 3)
    #expect(whiskers.yValues == [1, 9])
  }
}
