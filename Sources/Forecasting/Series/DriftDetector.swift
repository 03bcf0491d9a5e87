/// Tells when a forecaster errs more than it did when it was made: then it should be trained again.
///
/// The test of Page (1954) in Hinkley's form on the errors, as multiples of the mean error in training: the sum of their
/// excesses over 1 + `tolerance` rises above its lowest point by more than `threshold`.
package struct DriftDetector: Sendable, Hashable {
  /// The mean absolute error in training, as a share of the load.
  package let expectedError: Double
  private let tolerance: Double
  private let threshold: Double
  private var sum = 0.0
  private var lowest = 0.0

  /// One error counts no more than this many times the mean, so that no single outlier is a drift.
  private static let errorLimit = 10.0

  /// `threshold` is in readings of twice the tolerated error.
  package init(expectedError: Double, tolerance: Double = 0.5, threshold: Double = 100) {
    self.expectedError = max(expectedError, 1e-6)
    self.tolerance = tolerance
    self.threshold = threshold
  }

  package var hasDrifted: Bool { sum - lowest > threshold }

  /// Takes note of a forecast and the reading it was made of.
  package mutating func observe(_ rate: Double, expected: Double) {
    let error = abs(rate - expected) / max(rate, 0.1) / expectedError
    sum += min(error, Self.errorLimit) - 1 - tolerance
    lowest = min(lowest, sum)
  }
}
