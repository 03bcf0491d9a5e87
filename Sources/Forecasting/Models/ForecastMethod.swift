/// The ways of forecasting that can be chosen by name.
package enum ForecastMethod: String, CaseIterable, Sendable, Hashable {
  case seasonalNaive = "seasonal-naive"
  case ewma
  case holtWinters = "holt-winters"
  case lstm
  case gru

  /// The cells of the network, for those that are one.
  package var cell: NetworkShape.Cell? {
    switch self {
    case .seasonalNaive, .ewma, .holtWinters: nil
    case .lstm: .lstm
    case .gru: .gru
    }
  }
}
