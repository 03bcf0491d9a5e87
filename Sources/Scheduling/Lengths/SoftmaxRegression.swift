/// A linear classifier that learns from one example at a time.
///
/// Multinomial logistic regression with AdaGrad (Duchi et al. 2011), whose steps shrink by themselves for features
/// that were seen often. Features should be of the order of one.
struct SoftmaxRegression: Sendable {
  let classCount: Int
  let featureCount: Int
  /// `[class, feature]`, row by row.
  private var weights: [Float]
  private var squaredGradients: [Float]

  private static let learningRate: Float = 0.2

  init(classCount: Int, featureCount: Int) {
    precondition(classCount > 1 && featureCount > 0)
    self.classCount = classCount
    self.featureCount = featureCount
    weights = Array(repeating: 0, count: classCount * featureCount)
    squaredGradients = Array(repeating: 1e-6, count: classCount * featureCount)
  }

  /// The probability of each class.
  /// - Complexity: O(classes · features).
  func probabilities(_ features: [Float]) -> [Float] {
    precondition(features.count == featureCount, "\(features.count) of \(featureCount) features")
    var scores = (0..<classCount).map { label in
      var sum: Float = 0
      let row = label * featureCount
      for index in 0..<featureCount { sum += weights[row + index] * features[index] }
      return sum
    }
    let largest = scores.max() ?? 0
    var total: Float = 0
    for label in scores.indices {
      scores[label] = exponential(scores[label] - largest)
      total += scores[label]
    }
    for label in scores.indices { scores[label] /= total }
    return scores
  }

  /// Moves the weights towards the class that was observed.
  mutating func learn(_ features: [Float], label: Int) {
    let probabilities = probabilities(features)
    for other in 0..<classCount {
      let error = probabilities[other] - (other == label ? 1 : 0)
      let row = other * featureCount
      for index in 0..<featureCount {
        let gradient = error * features[index]
        squaredGradients[row + index] += gradient * gradient
        weights[row + index] -=
          Self.learningRate * gradient / squaredGradients[row + index].squareRoot()
      }
    }
  }
}

/// e to the power of `x` for x ≤ 0, to about seven digits: the standard library has no transcendental functions, and
/// this target imports nothing of the system.
func exponential(_ x: Float) -> Float {
  guard x > -80 else { return 0 }
  // e^x = 2^k · e^r with |r| ≤ ln 2 / 2.
  let k = (x * 1.442_695_04).rounded()
  let r = x - k * 0.693_147_18
  var (term, sum): (Float, Float) = (1, 1)
  for power in 1...7 {
    term *= r / Float(power)
    sum += term
  }
  return sum * Float(sign: .plus, exponent: Int(k), significand: 1)
}

/// The binary logarithm of `x` ≥ 1, linear between powers of two: exact there, off by at most 0.09 between.
func roughLog2(_ x: Int) -> Float {
  let exponent = Int.bitWidth - 1 - max(x, 1).leadingZeroBitCount
  return Float(exponent) + Float(max(x, 1)) / Float(1 << exponent) - 1
}
