import Learning

/// Forecasts with a trained network; until its window is full the latest reading stays.
///
/// One forecast costs a pass through the window, about 0.3 million multiplications with 64 units.
package struct NetworkForecaster: SeriesForecaster {
  package let network: LoadNetwork
  private var readings: RecentReadings

  package init(_ network: LoadNetwork) {
    self.network = network
    readings = RecentReadings(capacity: network.shape.reach)
  }

  package mutating func observe(_ rate: Double) { readings.append(rate) }

  package func forecast(after stepCount: Int) -> ForecastInterval? {
    guard let latest = readings[ago: 0] else { return nil }
    let shape = network.shape
    guard let scale = shape.scale({ readings[ago: $0] }) else { return ForecastInterval(latest) }
    let windows = RealMatrix<Float>(
      rowCount: shape.windowLength,
      columnCount: NetworkShape.featureCount,
      elements: (0..<shape.windowLength).reversed().flatMap { ago in
        shape.features(ago: ago, scale: scale) { readings[ago: $0] }
      }
    )
    let tape = Tape(network.parameters, product: .plain)
    let changes = tape[network.output(tape.constant(windows), on: tape)].elements
    let answer = shape.interpolated(changes.map(Double.init), after: stepCount)
    let sorted = answer.map { max(latest + scale * $0, 0) }.sorted()
    return ForecastInterval(lower: sorted[0], expected: sorted[1], upper: sorted[2])
  }
}

extension NetworkShape {
  /// The quantiles at a lead from those at the leads around it; none beyond the longest, no change at none.
  func interpolated(_ changes: [Double], after stepCount: Int) -> [Double] {
    let count = Self.quantiles.count
    func quantiles(_ index: Int) -> [Double] {
      index < 0
        ? Array(repeating: 0, count: count)
        : Array(changes[(index * count)..<((index + 1) * count)])
    }
    guard let next = leads.firstIndex(where: { $0 >= stepCount }) else {
      return quantiles(leads.count - 1)
    }
    let (low, high) = (next > 0 ? leads[next - 1] : 0, leads[next])
    let share = Double(stepCount - low) / Double(high - low)
    return zip(quantiles(next - 1), quantiles(next)).map { $0 + share * ($1 - $0) }
  }
}
