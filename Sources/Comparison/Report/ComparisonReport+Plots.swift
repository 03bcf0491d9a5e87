import Applications
package import Plotting
import Simulation

extension ComparisonReport {
  /// The promise and the cost as bars; whiskers reach from the least to the most over the seeds.
  package var bars: PlotSheet {
    PlotSheet(
      [
        barPlot("Windows in which the promise was broken", "share (%)") { summary in
          summary.keptWindows.map { Spread($0.values.map { 100 * (1 - $0) }) }
        },
        barPlot("Cost", "units of account", \.cost),
        barPlot("Cores reserved", "core-hours", \.coreHours),
      ],
      width: 960,
      plotHeight: 260
    )
  }

  /// The course of load, latency, replicas, cost and violations; means over the seeds.
  package var courses: PlotSheet {
    let latencies = entryPoints.enumerated().compactMap { index, entryPoint in
      entryPoint.slo.map { latencyPlot(index, entryPoint.name.rawValue, $0) }
    }
    let load = Plot(
      "Load",
      x: timeAxis,
      y: Axis("requests/s", including: 0...1),
      series: [Series("", .steps(loadPoints))]
    )
    let courses = [
      coursePlot("Ready replicas of all services", "replicas") { $0.replicaCount },
      coursePlot("Cost until now", "units of account") { $0.cost },
      coursePlot("Windows broken until now, all entry points", "windows") {
        Double($0.brokenWindowCount)
      },
    ]
    return PlotSheet([load] + courses + latencies, width: 960, plotHeight: 280)
  }

  private func barPlot(
    _ title: String,
    _ unit: String,
    _ value: (PolicySummary) -> Spread?
  ) -> Plot {
    let spreads = summaries.map(value)
    return Plot(
      title,
      x: Axis("", scale: .categories(summaries.map(\.choice.barLabel))),
      y: Axis(unit),
      series: [
        Series("", .bars(spreads.map { $0?.mean })),
        Series("", .whiskers(spreads.map { $0.flatMap { $0.values.count > 1 ? $0.range : nil } })),
      ]
    )
  }

  private func latencyPlot(_ index: Int, _ name: String, _ slo: SLO) -> Plot {
    let percentile = (slo.quantile * 100).text(slo.quantile == 0.999 ? 1 : 0)
    var plot = coursePlot(
      "\(name): p\(percentile) over \(slo.window.quantity)",
      "milliseconds"
    ) { cell in cell.latencies[index].map { $0 * 1000 } }
    plot.y.scale = .logarithmic
    plot.series.append(
      Series("SLO: \(slo.bound.quantity)", .level(slo.bound.seconds * 1000), color: Self.quietColor)
    )
    return plot
  }

  /// A line for each policy, with a band over the seeds where few policies leave room for it.
  private func coursePlot(
    _ title: String,
    _ unit: String,
    _ value: (RunSeries.Cell) -> Double?
  ) -> Plot {
    let bandLimit = 3
    var series: [Series] = []
    for (index, summary) in summaries.enumerated() {
      let course = Course(
        summary.records.map(\.series),
        secondsPerUnit: timeUnit.seconds,
        value
      )
      let color = index % Self.quietColor
      if summaries.count <= bandLimit, summary.records.count > 1 {
        series.append(Series("", .band(course.spans), color: color))
      }
      series.append(Series(summary.choice.label, .line(course.means), color: color))
    }
    return Plot(title, x: timeAxis, y: Axis(unit, including: 0...0), series: series)
  }

  /// The palette's grey, for what is no policy.
  private static let quietColor = 6

  private var timeUnit: (name: String, seconds: Double) {
    switch plan.scenario.duration.seconds {
    case ..<600: ("seconds", 1)
    case ..<36_000: ("minutes", 60)
    default: ("hours", 3600)
    }
  }

  private var timeAxis: Axis { Axis("\(timeUnit.name) since the start") }

  private var loadPoints: [Point] {
    let load = plan.scenario.load
    let end = plan.scenario.duration.seconds / timeUnit.seconds
    let points = load.requestsPerSecond.enumerated().map { index, rate in
      Point(Double(index) * load.step.seconds / timeUnit.seconds, rate)
    }.prefix { $0.x < end }
    return points + points.suffix(1).map { Point(end, $0.y) }
  }
}

extension PolicyChoice {
  fileprivate var barLabel: String { role == .bound ? "\(label) (bound)" : label }
}
