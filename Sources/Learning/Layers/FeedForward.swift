/// `input · weightᵀ (+ bias)`, its parameters by name.
package struct Linear: Sendable, Hashable {
  /// `[outputs, inputs]`.
  package let weight: String
  /// `[1, outputs]`.
  package let bias: String?

  package init(weight: String, bias: String? = nil) {
    self.weight = weight
    self.bias = bias
  }

  /// Adds parameters, uniform within `±bound`.
  package func initialize<Scalar>(
    _ parameters: inout Parameters<Scalar>,
    outputCount: Int,
    inputCount: Int,
    within bound: Scalar,
    using generator: inout some RandomNumberGenerator
  ) {
    parameters[weight] = .uniform(
      rowCount: outputCount,
      columnCount: inputCount,
      within: bound,
      using: &generator
    )
    guard let bias else { return }
    parameters[bias] = .uniform(
      rowCount: 1,
      columnCount: outputCount,
      within: bound,
      using: &generator
    )
  }

  package func callAsFunction<Scalar>(_ input: Variable, on tape: Tape<Scalar>) -> Variable {
    let output = tape.multiply(input, tape.parameter(weight))
    return bias.map { tape.addRow(output, tape.parameter($0)) } ?? output
  }
}

/// A gated feed-forward network, the shape of an expert: `down(swiGLU(gateUp(input)))`.
package struct GatedFeedForward: Sendable, Hashable {
  /// Gate above up.
  package let gateUp: Linear
  package let down: Linear

  package init(gateUp: Linear, down: Linear) {
    self.gateUp = gateUp
    self.down = down
  }

  package func callAsFunction<Scalar>(_ input: Variable, on tape: Tape<Scalar>) -> Variable {
    down(tape.swiGLU(gateUp(input, on: tape)), on: tape)
  }
}
