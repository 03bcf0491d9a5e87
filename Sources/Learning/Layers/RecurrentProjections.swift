/// What recurrent units compute before their gates: one projection of the input, and one of the state before.
struct RecurrentProjections: Sendable, Hashable {
  /// To all gates, from the input.
  let input: Linear
  /// The same from the state.
  let state: Linear
  let gateCount: Int
  let unitCount: Int

  /// Projections whose parameters' names begin with `name`.
  init(_ name: String, gateCount: Int, unitCount: Int) {
    input = Linear(weight: name + ".input.weight", bias: name + ".input.bias")
    state = Linear(weight: name + ".state.weight", bias: name + ".state.bias")
    self.gateCount = gateCount
    self.unitCount = unitCount
  }

  /// Adds parameters, uniform within `±1 / sqrt(units)`.
  func initialize<Scalar>(
    _ parameters: inout Parameters<Scalar>,
    inputCount: Int,
    using generator: inout some RandomNumberGenerator
  ) {
    let bound = 1 / Scalar(unitCount).squareRoot()
    for (layer, count) in [(input, inputCount), (state, unitCount)] {
      layer.initialize(
        &parameters,
        outputCount: gateCount * unitCount,
        inputCount: count,
        within: bound,
        using: &generator
      )
    }
  }

  /// Goes through a sequence, `[steps · batch, features]`: `advance` gets the projected input of one step, and
  /// the states `[batch, units]` that it has to replace; all of them begin at zero.
  func unroll<Scalar>(
    _ sequence: Variable,
    stepCount: Int,
    on tape: Tape<Scalar>,
    advance: (_ input: Variable, _ latest: inout Variable, _ cell: inout Variable) -> Void
  ) -> [Variable] {
    let projected = input(sequence, on: tape)
    let batchCount = tape[projected].rowCount / stepCount
    var latest = tape.constant(RealMatrix(rowCount: batchCount, columnCount: unitCount))
    var cell = latest
    return (0..<stepCount).map { step in
      let rows = (step * batchCount)..<((step + 1) * batchCount)
      advance(tape.block(projected, rows: rows), &latest, &cell)
      return latest
    }
  }
}
