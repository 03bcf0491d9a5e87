/// A long short-term memory (Hochreiter and Schmidhuber 1997) with forget gates (Gers and others 2000).
///
/// Sequences are `[steps · batch, features]`, one point in time after the other.
package struct LongShortTermMemory: Sendable, Hashable {
  /// To the gates `[input | forget | candidate | output]`.
  private let projections: RecurrentProjections

  /// A memory whose parameters' names begin with `name`.
  package init(_ name: String, unitCount: Int) {
    projections = RecurrentProjections(name, gateCount: 4, unitCount: unitCount)
  }

  /// Adds parameters, uniform within `±1 / sqrt(units)`, and opens the forget gates (Jozefowicz and others 2015).
  package func initialize<Scalar>(
    _ parameters: inout Parameters<Scalar>,
    inputCount: Int,
    using generator: inout some RandomNumberGenerator
  ) {
    projections.initialize(&parameters, inputCount: inputCount, using: &generator)
    guard let bias = projections.input.bias else { return }
    let forget = projections.unitCount..<(2 * projections.unitCount)
    for unit in forget { parameters[bias]?.elements[unit] = 1 }
  }

  /// The state `[batch, units]` after each step; state and cell begin at zero.
  package func callAsFunction<Scalar>(
    _ sequence: Variable,
    stepCount: Int,
    on tape: Tape<Scalar>
  ) -> [Variable] {
    let unitCount = projections.unitCount
    return projections.unroll(sequence, stepCount: stepCount, on: tape) { input, latest, cell in
      let next = tape.memory(tape.add(input, projections.state(latest, on: tape)), cell)
      latest = tape.block(next, columns: 0..<unitCount)
      cell = tape.block(next, columns: unitCount..<(2 * unitCount))
    }
  }
}
