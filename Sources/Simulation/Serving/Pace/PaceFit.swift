/// A pace fitted to measured steps, and how well it describes them.
package struct PaceFit: Sendable {
  package let pace: EnginePace
  package let stepCount: Int
  /// Expected time of all steps over their measured time.
  package let bias: Double
  /// Of the absolute relative errors of single steps: the median, and what nine in ten stay below.
  package let medianError: Double
  package let largeError: Double

  /// Fits by least squares of relative errors, with coefficients that are not negative.
  ///
  /// Steps that hang for another reason (a machine shared with others) count for less: iteratively reweighted, each error
  /// beyond a tenth as if it were that (Huber 1964). Nil of fewer than 100 steps.
  package init?(_ steps: [StepSample]) {
    let steps = steps.filter { $0.duration > .zero }
    guard steps.count >= 100 else { return nil }
    let measured = steps.map { $0.duration / .microseconds(1) }
    let features = steps.map(\.features)
    var weights = measured.map { 1 / ($0 * $0) }
    var coefficients = [Double](repeating: 0, count: EnginePace.Feature.allCases.count)
    for _ in 0..<8 {
      coefficients = Self.leastSquares(features, measured, weights, from: coefficients)
      for index in steps.indices {
        let error = abs(Self.sum(coefficients, features[index]) / measured[index] - 1)
        weights[index] = min(1, 0.1 / max(error, 1e-9)) / (measured[index] * measured[index])
      }
    }
    let expected = features.map { Self.sum(coefficients, $0) }
    let errors = zip(expected, measured).map { abs($0 / $1 - 1) }.sorted()
    pace = EnginePace(
      microseconds: coefficients,
      course: Self.course(zip(expected, measured).map { $1 / $0 })
    )
    stepCount = steps.count
    bias = expected.reduce(0, +) / measured.reduce(0, +)
    medianError = errors[errors.count / 2]
    largeError = errors[errors.count * 9 / 10]
  }

  /// At most sixteen stretches of the ratios, evenly spread.
  private static func course(_ ratios: [Double]) -> [Double] {
    let (length, count) = (PaceVariation.stretch, 16)
    guard ratios.count > length * count else { return ratios }
    var course: [Double] = []
    for index in 0..<count {
      let start = (ratios.count - length) * index / (count - 1)
      course += ratios[start..<(start + length)]
    }
    return course
  }

  private static func sum(_ coefficients: [Double], _ features: [Double]) -> Double {
    zip(coefficients, features).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Coordinate descent on the normal equations, each coefficient held at zero or above.
  private static func leastSquares(
    _ features: [[Double]],
    _ measured: [Double],
    _ weights: [Double],
    from start: [Double]
  ) -> [Double] {
    let count = start.count
    var normal = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    var right = [Double](repeating: 0, count: count)
    for index in features.indices {
      for row in 0..<count {
        let weighted = weights[index] * features[index][row]
        right[row] += weighted * measured[index]
        for column in 0..<count { normal[row][column] += weighted * features[index][column] }
      }
    }
    var result = start
    for _ in 0..<2_000 {
      for row in 0..<count where normal[row][row] > 0 {
        let others = sum(result, normal[row]) - result[row] * normal[row][row]
        result[row] = max((right[row] - others) / normal[row][row], 0)
      }
    }
    return result
  }
}
