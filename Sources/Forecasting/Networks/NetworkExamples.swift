import Learning

/// What a network learns from: every window of a series with the readings that followed.
struct NetworkExamples: Sendable {
  let shape: NetworkShape
  let series: [Double]
  /// The places of the latest reading of each window that is learnt from.
  let training: [Int]
  /// Those that only tell when to stop: one stretch in five, each a tenth of a season long.
  let validation: [Int]

  init(_ series: [Double], shape: NetworkShape) {
    self.series = series
    self.shape = shape
    let ends = Array(
      (shape.windowLength - 1)..<max(shape.windowLength - 1, series.count - shape.longestLead)
    )
    let stretch = max(shape.seasonLength / 10, 1)
    validation = ends.filter { $0 / stretch % 5 == 4 }
    training = ends.filter { $0 / stretch % 5 != 4 }
  }

  /// The windows that end at `ends`, and the changes that followed them.
  func batch(_ ends: some Collection<Int>) -> (
    windows: RealMatrix<Float>, changes: RealMatrix<Float>
  ) {
    let windowLength = shape.windowLength
    let width = NetworkShape.featureCount
    var windows = RealMatrix<Float>(rowCount: windowLength * ends.count, columnCount: width)
    var changes = RealMatrix<Float>(rowCount: ends.count, columnCount: shape.outputCount)
    for (row, end) in ends.enumerated() {
      let reading = { (ago: Int) in end >= ago ? series[end - ago] : nil }
      guard let scale = shape.scale(reading) else {
        preconditionFailure("a window before the series")
      }
      for step in 0..<windowLength {
        let features = shape.features(ago: windowLength - 1 - step, scale: scale, reading)
        let start = (step * ends.count + row) * width
        for column in 0..<width { windows.elements[start + column] = features[column] }
      }
      for (index, lead) in shape.leads.enumerated() {
        let change = Float((series[end + lead] - series[end]) / scale)
        for quantile in NetworkShape.quantiles.indices {
          changes[row, index * NetworkShape.quantiles.count + quantile] = change
        }
      }
    }
    return (windows, changes)
  }
}
