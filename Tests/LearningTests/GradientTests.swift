import Randomness
import Testing

@testable import Learning

/// The gradients of what the distillation of experts uses against finite differences, in `Double`.
@Suite struct GradientTests {
  @Test(arguments: 0..<10 as Range<UInt64>)
  func `a linear layer with a bias`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let rowCount = Int.random(in: 1...5, using: &generator)
    var parameters = Parameters<Double>()
    parameters["weight"] = .random(4, 3, &generator)
    parameters["bias"] = .random(1, 4, &generator)
    let input = RealMatrix.random(rowCount, 3, &generator)
    let target = RealMatrix.random(rowCount, 4, &generator)
    let weights = (0..<rowCount).map { _ in Double.random(in: 0.1...2, using: &generator) }
    let error = largestGradientError(parameters) { tape in
      let output = Linear(weight: "weight", bias: "bias")(tape.constant(input), on: tape)
      return tape.meanSquaredError(output, target: target, weights: weights)
    }
    #expect(error < 1e-6)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `a gated feed-forward network`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var parameters = Parameters<Double>()
    parameters["gateUp"] = .random(10, 4, &generator)
    parameters["down"] = .random(4, 5, &generator)
    let input = RealMatrix.random(6, 4, &generator)
    let target = RealMatrix.random(6, 4, &generator)
    let network = GatedFeedForward(
      gateUp: Linear(weight: "gateUp"),
      down: Linear(weight: "down")
    )
    let error = largestGradientError(parameters) { tape in
      let output = network(tape.constant(input), on: tape)
      return tape.meanSquaredError(output, target: target, weights: Array(repeating: 1, count: 6))
    }
    #expect(error < 1e-6)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `a parameter that is used twice and a sum`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var parameters = Parameters<Double>()
    parameters["square"] = .random(3, 3, &generator)
    let input = RealMatrix.random(2, 3, &generator)
    let target = RealMatrix.random(2, 3, &generator)
    let error = largestGradientError(parameters) { tape in
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
