/// Each row to mean 0 and variance 1, then stretched and shifted as learnt (Ba, Kiros and Hinton 2016).
package struct LayerNormalization: Sendable, Hashable {
  /// `[1, columns]`.
  package let gain: String
  /// `[1, columns]`.
  package let shift: String
  /// What keeps the quotient finite where a row does not vary.
  package let epsilon: Double

  /// A normalisation whose parameters' names begin with `name`.
  package init(_ name: String, epsilon: Double = 1e-5) {
    gain = name + ".gain"
    shift = name + ".shift"
    self.epsilon = epsilon
  }

  /// Adds parameters that leave the normalised rows as they are.
  package func initialize<Scalar>(_ parameters: inout Parameters<Scalar>, columnCount: Int) {
    parameters[gain] = RealMatrix(rowCount: 1, columnCount: columnCount, repeating: 1)
    parameters[shift] = RealMatrix(rowCount: 1, columnCount: columnCount)
  }

  package func callAsFunction<Scalar>(_ input: Variable, on tape: Tape<Scalar>) -> Variable {
    tape.normalizeRows(
      input,
      gain: tape.parameter(gain),
      shift: tape.parameter(shift),
      epsilon: Scalar(epsilon)
    )
  }
}
