/// A long short-term memory (Hochreiter and Schmidhuber 1997) with forget gates (Gers and others 2000).
///
/// Sequences are `[steps · batch, features]`, one point in time after the other.
package struct LongShortTermMemory: Sendable, Hashable {
  /// To the gates `[input | forget | candidate | output]`, from the input.
  package let input: Linear
  /// The same from the state.
  package let state: Linear
  package let unitCount: Int

  /// A memory whose parameters' names begin with `name`.
  package init(_ name: String, unitCount: Int) {
    input = Linear(weight: name + ".input.weight", bias: name + ".input.bias")
    state = Linear(weight: name + ".state.weight", bias: name + ".state.bias")
    self.unitCount = unitCount
  }

  /// Adds parameters, uniform within `±1 / sqrt(units)`, and opens the forget gates (Jozefowicz and others 2015).
  package func initialize<Scalar>(
    _ parameters: inout Parameters<Scalar>,
    inputCount: Int,
    using generator: inout some RandomNumberGenerator
  ) {
    let bound = 1 / Scalar(unitCount).squareRoot()
    for (layer, count) in [(input, inputCount), (state, unitCount)] {
      layer.initialize(
        &parameters,
        outputCount: 4 * unitCount,
        inputCount: count,
        within: bound,
        using: &generator
      )
    }
    guard let bias = input.bias else { return }
    for unit in unitCount..<(2 * unitCount) { parameters[bias]?.elements[unit] = 1 }
  }

  /// The state `[batch, units]` after each step; state and cell begin at zero.
  package func callAsFunction<Scalar>(
    _ sequence: Variable,
    stepCount: Int,
    on tape: Tape<Scalar>
  ) -> [Variable] {
    let projected = input(sequence, on: tape)
    let batchCount = tape[projected].rowCount / stepCount
    var latest = tape.constant(RealMatrix(rowCount: batchCount, columnCount: unitCount))
    var cell = latest
    return (0..<stepCount).map { step in
      let rows = (step * batchCount)..<((step + 1) * batchCount)
      let sums = tape.add(tape.block(projected, rows: rows), state(latest, on: tape))
      let next = tape.memory(sums, cell)
      latest = tape.block(next, columns: 0..<unitCount)
      cell = tape.block(next, columns: unitCount..<(2 * unitCount))
      return latest
    }
  }
}
