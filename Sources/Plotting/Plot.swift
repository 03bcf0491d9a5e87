/// A chart: two axes and what is drawn between them, later series over earlier ones.
///
/// A plot is a value; ``PlotSheet`` turns one or several into SVG.
package struct Plot: Sendable, Equatable {
  package var title: String
  package var x: Axis
  package var y: Axis
  package var series: [Series]

  package init(_ title: String, x: Axis, y: Axis, series: [Series] = []) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
  }
}

/// One direction of a plot.
package struct Axis: Sendable, Equatable {
  package enum Scale: Sendable, Equatable {
    case linear
    /// Values that are not positive have no place on it and are left out.
    case logarithmic
    /// Equal slots with a name each, for bars; the value of slot `i` is `i`.
    case categories([String])
  }

  /// What is counted, with its unit: "latency (ms)".
  package var label: String
  package var scale: Scale
  /// What the axis must show at least; it grows to hold the data.
  package var range: ClosedRange<Double>?

  package init(_ label: String, scale: Scale = .linear, including range: ClosedRange<Double>? = nil)
  {
    self.label = label
    self.scale = scale
    self.range = range
  }
}

/// One thing that is drawn, with its name in the legend.
package struct Series: Sendable, Equatable {
  package enum Shape: Sendable, Equatable {
    /// Straight lines; a point that is not finite breaks the line.
    case line([Point])
    /// Each value holds until the next point.
    case steps([Point])
    /// The area between two values at each x.
    case band([Span])
    /// One bar per category, side by side with the bars of other series; nil for none.
    case bars([Double?])
    /// From one value to another at the middle of each category: the spread of a bar; nil for none.
    case whiskers([ClosedRange<Double>?])
    /// A dashed line across the plot at one y: an objective, a capacity.
    case level(Double)
    /// A dashed line up the plot at one x: an objective, an event.
    case mark(Double)
  }

  package var name: String
  package var shape: Shape
  /// Index into the palette, which a band shares with its line; the series' own position if nil.
  package var color: Int?

  package init(_ name: String, _ shape: Shape, color: Int? = nil) {
    self.name = name
    self.shape = shape
    self.color = color
  }
}

/// A place in a plot, in the units of its axes.
package struct Point: Sendable, Equatable {
  package var x: Double
  package var y: Double

  package init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// A stretch of the y axis at one x.
package struct Span: Sendable, Equatable {
  package var x: Double
  package var low: Double
  package var high: Double

  package init(_ x: Double, _ low: Double, _ high: Double) {
    self.x = x
    self.low = low
    self.high = high
  }
}

extension Series {
  /// Every x that the series occupies.
  var xValues: [Double] {
    switch shape {
    case .line(let points), .steps(let points): points.map(\.x)
    case .band(let spans): spans.map(\.x)
    case .mark(let value): [value]
    case .bars, .whiskers, .level: []
    }
  }

  /// Every y that the series reaches.
  var yValues: [Double] {
    switch shape {
    case .line(let points), .steps(let points): points.map(\.y)
    case .band(let spans): spans.flatMap { [$0.low, $0.high] }
    case .bars(let values): [0] + values.compactMap(\.self)
    case .whiskers(let ranges):
      ranges.compactMap(\.self).flatMap { [$0.lowerBound, $0.upperBound] }
    case .level(let value): [value]
    case .mark: []
    }
  }
}
