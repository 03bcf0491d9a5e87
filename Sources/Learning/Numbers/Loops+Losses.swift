// The errors that training lessens, and their slopes.
extension Loops {
  /// `Σ huber(input - target)`: half the square within `±delta`, straight beyond (Huber 1964).
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func huber<Scalar: Real>(_ input: [Scalar], _ target: [Scalar], delta: Scalar) -> Scalar {
    var sum: Scalar = 0
    for index in input.indices {
      let error = (input[index] - target[index]).magnitude
      sum += error <= delta ? error * error / 2 : delta * (error - delta / 2)
    }
    return sum
  }

  /// `scale` times the slope of each number's Huber loss.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func huberGradient<Scalar: Real>(
    _ input: [Scalar],
    _ target: [Scalar],
    delta: Scalar,
    scale: Scalar
  ) -> [Scalar] {
    var gradient = [Scalar](repeating: 0, count: input.count)
    for index in input.indices {
      gradient[index] = scale * min(max(input[index] - target[index], -delta), delta)
    }
    return gradient
  }

  /// `Σ pinball(target - input)`, each column by its quantile (Koenker and Bassett 1978).
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func pinball<Scalar: Real>(
    _ input: [Scalar],
    _ target: [Scalar],
    quantiles: [Scalar]
  ) -> Scalar {
    var sum: Scalar = 0
    for start in stride(from: 0, to: input.count, by: quantiles.count) {
      for column in quantiles.indices {
        let error = target[start + column] - input[start + column]
        sum += max(quantiles[column] * error, (quantiles[column] - 1) * error)
      }
    }
    return sum
  }

  /// `scale` times the slope of each number's pinball loss; nothing where the error is zero.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func pinballGradient<Scalar: Real>(
    _ input: [Scalar],
    _ target: [Scalar],
    quantiles: [Scalar],
    scale: Scalar
  ) -> [Scalar] {
    var gradient = [Scalar](repeating: 0, count: input.count)
    for start in stride(from: 0, to: input.count, by: quantiles.count) {
      for column in quantiles.indices {
        let error = target[start + column] - input[start + column]
        guard error != 0 else { continue }
        gradient[start + column] = scale * (error > 0 ? -quantiles[column] : 1 - quantiles[column])
      }
    }
    return gradient
  }
}
