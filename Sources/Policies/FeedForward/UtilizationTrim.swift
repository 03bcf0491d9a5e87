import Glibc

/// The feedback half: moves the utilisation that the feed-forward half plans for until latency sits at its set point.
///
/// The error is the logarithm of strain over set point, bounded, so that a latency ten times too high is no ten times stronger
/// push; the output changes by shares of itself and is bounded, so that it cannot wind up.
struct UtilizationTrim: Hashable, Sendable {
  let setPoint: Double
  let range: ClosedRange<Double>
  private(set) var utilization: Double
  private var controller: PIDController

  init(setPoint: Double, range: ClosedRange<Double>, start: Double, gains: PIDController.Gains) {
    self.setPoint = setPoint
    self.range = range
    utilization = min(max(start, range.lowerBound), range.upperBound)
    controller = PIDController(gains)
  }

  /// Takes latency over bound, `interval` seconds after the last.
  mutating func observe(strain: Double, interval: Double) {
    let error = min(max(log(max(strain, 1e-3) / setPoint), -1), 1)
    let change = controller.step(error: error, interval: interval)
    utilization = min(max(utilization * exp(-change), range.lowerBound), range.upperBound)
  }
}
