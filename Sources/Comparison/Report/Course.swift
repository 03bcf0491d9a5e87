import Plotting

/// One quantity over time, summed up over seeds.
struct Course {
  /// Not finite where nothing was measured.
  private(set) var means: [Point] = []
  /// From the least to the most.
  private(set) var spans: [Span] = []

  /// Times are given in so many seconds each.
  init(
    _ runs: [RunSeries],
    secondsPerUnit: Double,
    _ value: (RunSeries.Cell) -> Double?
  ) {
    guard let first = runs.first else { return }
    for index in first.cells.indices {
      let time = first.cellLength * Double(index + 1) / secondsPerUnit
      let values = runs.compactMap { value($0.cells[index]) }
      means.append(Point(time, values.average ?? .nan))
      if let least = values.min(), let most = values.max() {
        spans.append(Span(time, least, most))
      }
    }
  }
}
