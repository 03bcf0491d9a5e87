import Glibc

/// A time that varies: how it is distributed.
package struct Spread: Hashable, Sendable {
  private var shape: Shape
  /// The mean, in nanoseconds.
  package let mean: Double

  private enum Shape: Hashable, Sendable {
    case constant
    case exponential
    case logNormal(mu: Double, sigma: Double)
    case shiftedExponential(least: Double)
  }

  package static let zero = Spread.constant(.zero)

  package static func constant(_ duration: Duration) -> Spread {
    Spread(shape: .constant, mean: Double(VirtualTime(duration).nanoseconds))
  }

  package static func exponential(mean: Duration) -> Spread {
    Spread(shape: .exponential, mean: Double(VirtualTime(mean).nanoseconds))
  }

  /// Log-normal with this mean and coefficient of variation; zero variation is a constant.
  package static func logNormal(mean: Duration, variability: Double) -> Spread {
    precondition(variability >= 0, "a variability of \(variability)")
    guard variability > 0, mean > .zero else { return .constant(mean) }
    let nanoseconds = Double(VirtualTime(mean).nanoseconds)
    let variance = log(1 + variability * variability)
    return Spread(
      shape: .logNormal(mu: log(nanoseconds) - variance / 2, sigma: variance.squareRoot()),
      mean: nanoseconds
    )
  }

  /// Never below `least`, and beyond it exponential: the shape of delays on a network that is not full.
  package static func delay(least: Duration, jitter: Duration) -> Spread {
    guard jitter > .zero else { return .constant(least) }
    let least = Double(VirtualTime(least).nanoseconds)
    let mean = least + Double(VirtualTime(jitter).nanoseconds)
    return Spread(shape: .shiftedExponential(least: least), mean: mean)
  }

  /// One value, in nanoseconds.
  func draw(_ stream: inout RandomStream) -> Double {
    switch shape {
    case .constant: mean
    case .exponential: mean * stream.exponential()
    case .logNormal(let mu, let sigma): exp(mu + sigma * stream.normal())
    case .shiftedExponential(let least): least + (mean - least) * stream.exponential()
    }
  }
}
