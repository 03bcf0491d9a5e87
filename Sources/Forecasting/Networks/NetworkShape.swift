/// What a forecasting network looks at, what it is made of, and what it answers.
package struct NetworkShape: Sendable, Hashable {
  package enum Cell: String, Sendable, Hashable, CaseIterable {
    case gru, lstm
  }

  package var cell: Cell
  package var unitCount: Int
  /// Readings up to the latest that it looks at.
  package var windowLength: Int
  /// Steps of a season; the network also sees what was a season ago.
  package var seasonLength: Int
  /// The leads, in steps, that it is taught, ascending; what lies between is interpolated.
  package let leads: [Int]

  /// The quantiles that it answers for each lead: 80 % of readings are to lie between the outer ones.
  package static let quantiles: [Float] = [0.1, 0.5, 0.9]
  /// Numbers that it is given for each step of the window.
  package static let featureCount = 4

  /// A network that is to look up to `horizon` steps ahead.
  package init(
    cell: Cell,
    unitCount: Int = 64,
    windowLength: Int = 24,
    seasonLength: Int,
    horizon: Int
  ) {
    let doubled = sequence(first: 1) { $0 * 2 }.prefix { $0 < horizon }
    self.init(
      cell: cell,
      unitCount: unitCount,
      windowLength: windowLength,
      seasonLength: seasonLength,
      leads: Array(doubled) + [horizon]
    )
  }

  init(cell: Cell, unitCount: Int, windowLength: Int, seasonLength: Int, leads: [Int]) {
    precondition(unitCount > 0 && windowLength > 0, "\(unitCount) units, window \(windowLength)")
    precondition(leads.first.map { $0 > 0 } == true && leads == leads.sorted(), "leads \(leads)")
    precondition(leads[leads.count - 1] <= seasonLength, "a lead beyond the season")
    self.cell = cell
    self.unitCount = unitCount
    self.windowLength = windowLength
    self.seasonLength = seasonLength
    self.leads = leads
  }

  package var longestLead: Int { leads[leads.count - 1] }
  package var outputCount: Int { leads.count * Self.quantiles.count }
  /// Readings up to the latest that its features are made of.
  package var reach: Int { seasonLength + windowLength }
}

extension NetworkShape {
  /// The mean of the window, which every number is taken relative to; nil while the window is not full.
  func scale(_ reading: (_ ago: Int) -> Double?) -> Double? {
    var sum = 0.0
    for ago in 0..<windowLength {
      guard let value = reading(ago) else { return nil }
      sum += value
    }
    return max(sum / Double(windowLength), 1e-6)
  }

  /// What the network is given of the point so many steps ago.
  ///
  /// The reading; the reading a season earlier; the one as much later as the network looks ahead; and whether these
  /// two are known. All relative to the window's mean, so that one network serves loads of every size.
  func features(
    ago: Int,
    scale: Double,
    _ reading: (_ ago: Int) -> Double?
  ) -> [Float] {
    func relative(_ value: Double?) -> Float { value.map { Float($0 / scale - 1) } ?? 0 }
    let season = reading(ago + seasonLength)
    let ahead = reading(ago + seasonLength - longestLead)
    return [
      relative(reading(ago)), relative(season), relative(ahead), season == nil ? 0 : 1,
    ]
  }
}
