/// The squared coefficients of variation of arrivals and of service, measured from one window to the next.
///
/// Successive windows are compared, not windows with their mean (von Neumann 1941), so that a load that rises is not taken for one
/// that scatters.
struct VariabilityMeter: Hashable, Sendable {
  /// Of the time between arrivals, as the dispersion of counts tells it; 1 for Poisson arrivals.
  private(set) var arrivals = 1.0
  /// Of the CPU time of a request.
  private(set) var services = 1.0
  private var previous: Window?

  /// The weight of the newest pair of windows.
  private static let smoothing = 0.1
  /// Slow swings of the load are no queueing: they must not count without bound.
  private static let range = 0.25...4.0

  private struct Window: Hashable, Sendable {
    var requestCount: Double
    /// Seconds of CPU.
    var timePerRequest: Double
  }

  /// `(Ca² + Cs²) / 2`, within bounds.
  var variability: Double {
    min(max((arrivals + services) / 2, Self.range.lowerBound), Self.range.upperBound)
  }

  /// Takes the number of requests of a window and the CPU seconds that each took.
  mutating func observe(requestCount: Double, timePerRequest: Double) {
    guard requestCount > 0, timePerRequest > 0 else { return }
    let latest = Window(requestCount: requestCount, timePerRequest: timePerRequest)
    defer { previous = latest }
    guard let previous else { return }
    let difference = latest.requestCount - previous.requestCount
    let dispersion = difference * difference / (latest.requestCount + previous.requestCount)
    arrivals += Self.smoothing * (dispersion - arrivals)
    let mean = (latest.timePerRequest + previous.timePerRequest) / 2
    let change = (latest.timePerRequest - previous.timePerRequest) / mean
    let expected = 1 / latest.requestCount + 1 / previous.requestCount
    services += Self.smoothing * (change * change / expected - services)
  }
}
