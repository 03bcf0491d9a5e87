/// Gated recurrent units (Cho and others 2014), in the form that PyTorch and cuDNN compute.
///
/// Sequences are `[steps · batch, features]`, one point in time after the other.
package struct GatedRecurrentUnits: Sendable, Hashable {
  /// To the gates `[reset | update | candidate]`, from the input.
  package let input: Linear
  /// The same from the state.
  package let state: Linear
  package let unitCount: Int

  /// Units whose parameters' names begin with `name`.
  package init(_ name: String, unitCount: Int) {
    input = Linear(weight: name + ".input.weight", bias: name + ".input.bias")
    state = Linear(weight: name + ".state.weight", bias: name + ".state.bias")
    self.unitCount = unitCount
  }

  /// Adds parameters, uniform within `±1 / sqrt(units)`.
  package func initialize<Scalar>(
    _ parameters: inout Parameters<Scalar>,
    inputCount: Int,
    using generator: inout some RandomNumberGenerator
  ) {
    let bound = 1 / Scalar(unitCount).squareRoot()
    for (layer, count) in [(input, inputCount), (state, unitCount)] {
      layer.initialize(
        &parameters,
        outputCount: 3 * unitCount,
        inputCount: count,
        within: bound,
        using: &generator
      )
    }
  }

  /// The state `[batch, units]` after each step; it begins at zero.
  package func callAsFunction<Scalar>(
    _ sequence: Variable,
    stepCount: Int,
    on tape: Tape<Scalar>
  ) -> [Variable] {
    let projected = input(sequence, on: tape)
    let batchCount = tape[projected].rowCount / stepCount
    var latest = tape.constant(RealMatrix(rowCount: batchCount, columnCount: unitCount))
    return (0..<stepCount).map { step in
      let rows = (step * batchCount)..<((step + 1) * batchCount)
      latest = tape.gatedUnits(
        tape.block(projected, rows: rows),
        state(latest, on: tape),
        latest
      )
      return latest
    }
  }
}
