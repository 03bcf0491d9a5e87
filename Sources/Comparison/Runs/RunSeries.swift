package import Simulation

/// A run's course in cells of equal length, alike for policies that look at the world at different intervals.
package struct RunSeries: Hashable, Sendable, Codable {
  /// Cells at most: what a plot can show.
  static let cellLimit = 240
  /// Cells are no shorter than most policies' interval.
  private static let shortestCell = 15.0

  /// In seconds.
  package private(set) var cellLength: Double
  package private(set) var cells: [Cell]

  /// Means over a cell, and sums until its end.
  package struct Cell: Hashable, Sendable, Codable {
    /// Requests per second over all entry points.
    package var rate: Double?
    /// Seconds at the SLO's quantile, for each entry point.
    package var latencies: [Double?]
    /// Windows broken until now, at all entry points.
    package var brokenWindowCount: Int
    /// Ready replicas of all services.
    package var replicaCount: Double
    package var cost: Double
  }

  /// Sums up moments, which are in the order of time.
  package init(_ timeline: [SimulationReport.Moment], duration: Double) {
    let count = max(1, min(Self.cellLimit, Int(duration / Self.shortestCell)))
    cellLength = duration / Double(count)
    cells = []
    var rest = timeline[...]
    for number in 1...count {
      let end = cellLength * Double(number) + 1e-6
      let within = rest.prefix { $0.time <= end }
      rest = rest.dropFirst(within.count)
      // What is measured holds for the time before, so a cell without a moment is part of the next one's.
      let moments = within.isEmpty ? rest.prefix(1) : within
      if let cell = Cell(moments) ?? cells.last { cells.append(cell) }
    }
  }
}

extension RunSeries.Cell {
  fileprivate init?(_ moments: ArraySlice<SimulationReport.Moment>) {
    guard let last = moments.last else { return nil }
    rate = moments.compactMap { $0.rates.compactMap(\.self).total }.average
    latencies = last.latencyAtSLO.indices.map { entry in
      moments.compactMap { $0.latencyAtSLO[entry] }.average
    }
    brokenWindowCount = last.brokenWindowCounts.reduce(0, +)
    replicaCount = moments.map { Double($0.readyReplicaCounts.reduce(0, +)) }.average ?? 0
    cost = last.cost
  }
}

extension [Double] {
  /// Nil where there is nothing to add.
  fileprivate var total: Double? { isEmpty ? nil : reduce(0, +) }
}
