import Randomness

@testable import Learning

extension RealMatrix<Double> {
  /// Numbers uniform within ±1.
  static func random(
    _ rowCount: Int,
    _ columnCount: Int,
    _ generator: inout SplitMix64
  ) -> RealMatrix {
    .uniform(rowCount: rowCount, columnCount: columnCount, within: 1, using: &generator)
  }
}

/// The largest error of a gradient against finite differences, as a share of the gradient's largest number.
func largestGradientError(
  _ parameters: Parameters<Double>,
  _ loss: (Tape<Double>) -> Variable
) -> Double {
  func value(_ parameters: Parameters<Double>) -> Double {
    let tape = Tape(parameters, product: .plain)
    return tape[loss(tape)].elements[0]
  }
  let tape = Tape(parameters, product: .plain)
  let gradients = tape.gradients(of: loss(tape))
  var (error, scale) = (0.0, 0.0)
  for name in parameters.names {
    guard let matrix = parameters[name], let gradient = gradients[name] else { return .infinity }
    for index in matrix.elements.indices {
      let step = 1e-5
      var (above, below) = (parameters, parameters)
      above[name]?.elements[index] += step
      below[name]?.elements[index] -= step
      let expected = (value(above) - value(below)) / (2 * step)
      error = max(error, abs(expected - gradient.elements[index]))
      scale = max(scale, abs(expected))
    }
  }
  return error / max(scale, .leastNonzeroMagnitude)
}
