import Randomness

/// How the gaps between arrivals vary around their mean.
package enum GapDistribution: Sendable, Equatable, CustomStringConvertible {
  /// Every gap alike.
  case constant
  /// Exponential gaps: independent users.
  case poisson
  /// Gamma gaps with this shape, as vLLM's `--burstiness`: below 1 burstier than Poisson, above 1 smoother.
  case gamma(burstiness: Double)

  /// A gap in units of the mean gap.
  func draw(using generator: inout SplitMix64) -> Double {
    switch self {
    case .constant: 1
    case .poisson: generator.exponential()
    case .gamma(let burstiness): generator.gamma(shape: burstiness) / burstiness
    }
  }

  /// The first arrival's distance from the start, in units of the mean gap.
  ///
  /// Half a gap when all are alike, so that a rate of 10 over 10 s makes exactly 100 arrivals.
  func drawFirst(using generator: inout SplitMix64) -> Double {
    self == .constant ? 0.5 : draw(using: &generator)
  }

  package var description: String {
    switch self {
    case .constant: "constant"
    case .poisson: "poisson"
    case .gamma(let burstiness): "gamma, burstiness \(burstiness)"
    }
  }
}
