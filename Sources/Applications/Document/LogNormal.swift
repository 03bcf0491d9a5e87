import Glibc

/// A log-normal distribution given by its mean and coefficient of variation; zero variation is a constant.
package struct LogNormal: Hashable, Sendable {
  package let mu: Double
  package let sigma: Double

  package init(mean: Double, variability: Double) {
    precondition(mean >= 0 && variability >= 0, "mean \(mean), variability \(variability)")
    let variance = log(1 + variability * variability)
    sigma = variance.squareRoot()
    mu = log(mean) - variance / 2
  }

  /// One value, made from two uniform numbers (Box and Muller 1958).
  /// - Complexity: O(1); allocates nothing.
  package func sample(using generator: inout some RandomNumberGenerator) -> Double {
    guard sigma > 0 else { return exp(mu) }
    let radius = (-2 * log(Double.random(in: .leastNonzeroMagnitude...1, using: &generator)))
      .squareRoot()
    let angle = 2 * Double.pi * Double.random(in: 0..<1, using: &generator)
    return exp(mu + sigma * radius * cos(angle))
  }

  /// The quantile of the distribution of mean 1, share between 0 and 1.
  package static func quantile(_ share: Double, variability: Double) -> Double {
    let distribution = LogNormal(mean: 1, variability: variability)
    return exp(distribution.mu + distribution.sigma * normalQuantile(share))
  }

  /// The standard normal quantile by bisection on the error function: exact, and fast enough to set something up.
  private static func normalQuantile(_ share: Double) -> Double {
    var (low, high) = (-9.0, 9.0)
    while high - low > 1e-12 {
      let middle = (low + high) / 2
      if erfc(-middle / 2.0.squareRoot()) / 2 < share { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
