// Loops over rows: normalisation, and what a convolution over time sees.
extension Loops {
  /// Rows of mean 0 and variance 1, and of each row the factor that made its variance 1.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func normalize<Scalar: Real>(
    _ input: [Scalar],
    columnCount: Int,
    epsilon: Scalar
  ) -> (output: [Scalar], factors: [Scalar]) {
    var output = input
    var factors = [Scalar](repeating: 0, count: input.count / columnCount)
    for row in factors.indices {
      let columns = (row * columnCount)..<((row + 1) * columnCount)
      var mean: Scalar = 0
      for index in columns { mean += input[index] }
      mean /= Scalar(columnCount)
      var variance: Scalar = 0
      for index in columns { variance += (input[index] - mean) * (input[index] - mean) }
      factors[row] = 1 / (variance / Scalar(columnCount) + epsilon).squareRoot()
      for index in columns { output[index] = (input[index] - mean) * factors[row] }
    }
    return (output, factors)
  }

  /// The gradient of what ``normalize(_:columnCount:epsilon:)`` is given, from that of its output.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func normalizeGradient<Scalar: Real>(
    _ output: [Scalar],
    factors: [Scalar],
    _ gradient: [Scalar]
  ) -> [Scalar] {
    let columnCount = output.count / max(factors.count, 1)
    var result = gradient
    for row in factors.indices {
      let columns = (row * columnCount)..<((row + 1) * columnCount)
      var (mean, along): (Scalar, Scalar) = (0, 0)
      for index in columns {
        mean += gradient[index]
        along += gradient[index] * output[index]
      }
      mean /= Scalar(columnCount)
      along /= Scalar(columnCount)
      for index in columns {
        result[index] = factors[row] * (gradient[index] - mean - output[index] * along)
      }
    }
    return result
  }

  /// For each row of a sequence the rows that a causal kernel sees, the oldest first, zero before the beginning.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func windows<Scalar: Real>(
    _ input: [Scalar],
    columnCount: Int,
    rowLags: [Int]
  ) -> [Scalar] {
    var output = [Scalar](repeating: 0, count: input.count * rowLags.count)
    for row in 0..<(input.count / columnCount) {
      for (place, lag) in rowLags.enumerated() where row >= lag {
        let (from, to) = ((row - lag) * columnCount, (row * rowLags.count + place) * columnCount)
        for column in 0..<columnCount { output[to + column] = input[from + column] }
      }
    }
    return output
  }

  /// The gradient of what ``windows(_:columnCount:rowLags:)`` is given, from that of its output.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func windowsGradient<Scalar: Real>(
    _ gradient: [Scalar],
    columnCount: Int,
    rowLags: [Int]
  ) -> [Scalar] {
    var result = [Scalar](repeating: 0, count: gradient.count / rowLags.count)
    for row in 0..<(result.count / columnCount) {
      for (place, lag) in rowLags.enumerated() where row >= lag {
        let (to, from) = ((row - lag) * columnCount, (row * rowLags.count + place) * columnCount)
        for column in 0..<columnCount { result[to + column] += gradient[from + column] }
      }
    }
    return result
  }
}
