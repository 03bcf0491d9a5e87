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
}
