import TestSupport
import Testing

@testable import Learning

/// Every operation's gradient against finite differences, in `Double`.
@Suite struct GradientTests {
  private static func matrix(
    _ rowCount: Int,
    _ columnCount: Int,
    _ generator: inout SplitMix64
  ) -> RealMatrix<Double> {
    RealMatrix(
      rowCount: rowCount,
      columnCount: columnCount,
      elements: (0..<(rowCount * columnCount)).map { _ in .random(in: -1...1, using: &generator) }
    )
  }

  /// The largest error of a gradient, as a share of its largest number.
  private func largestError(
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

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `a linear layer with a bias`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let rowCount = Int.random(in: 1...5, using: &generator)
    var parameters = Parameters<Double>()
    parameters["weight"] = Self.matrix(4, 3, &generator)
    parameters["bias"] = Self.matrix(1, 4, &generator)
    let (input, target) = (
      Self.matrix(rowCount, 3, &generator), Self.matrix(rowCount, 4, &generator)
    )
    let weights = (0..<rowCount).map { _ in Double.random(in: 0.1...2, using: &generator) }
    let error = largestError(parameters) { tape in
      let output = Linear(weight: "weight", bias: "bias")(tape.constant(input), on: tape)
      return tape.meanSquaredError(output, target: target, weights: weights)
    }
    #expect(error < 1e-6)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `a gated feed-forward network`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var parameters = Parameters<Double>()
    parameters["gateUp"] = Self.matrix(10, 4, &generator)
    parameters["down"] = Self.matrix(4, 5, &generator)
    let (input, target) = (Self.matrix(6, 4, &generator), Self.matrix(6, 4, &generator))
    let network = GatedFeedForward(
      gateUp: Linear(weight: "gateUp"),
      down: Linear(weight: "down")
    )
    let error = largestError(parameters) { tape in
      let output = network(tape.constant(input), on: tape)
      return tape.meanSquaredError(output, target: target, weights: Array(repeating: 1, count: 6))
    }
    #expect(error < 1e-6)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `a parameter that is used twice and a sum`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var parameters = Parameters<Double>()
    parameters["square"] = Self.matrix(3, 3, &generator)
    let (input, target) = (Self.matrix(2, 3, &generator), Self.matrix(2, 3, &generator))
    let error = largestError(parameters) { tape in
      let square = tape.parameter("square")
      let once = tape.multiply(tape.constant(input), square)
      let output = tape.add(once, tape.multiply(once, square))
      return tape.meanSquaredError(output, target: target, weights: [1, 0.5])
    }
    #expect(error < 1e-6)
  }

  @Test func `a parameter without a part in the loss has no gradient`() {
    var parameters = Parameters<Double>()
    parameters["used"] = RealMatrix(rowCount: 1, columnCount: 1, repeating: 3)
    parameters["idle"] = RealMatrix(rowCount: 1, columnCount: 2, repeating: 1)
    let tape = Tape(parameters, product: .plain)
    let input = tape.constant(RealMatrix(rowCount: 1, columnCount: 1, repeating: 2))
    let loss = tape.meanSquaredError(
      tape.multiply(input, tape.parameter("used")),
      target: RealMatrix(rowCount: 1, columnCount: 1, repeating: 5),
      weights: [1]
    )
    let gradients = tape.gradients(of: loss)
    // d/dw (2w - 5)² = 4 · (2w - 5).
    #expect(gradients["used"]?.elements == [4])
    #expect(gradients["idle"]?.elements == [0, 0])
  }
}
