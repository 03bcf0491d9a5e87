/// Gated recurrent units (Cho and others 2014), in the form that PyTorch and cuDNN compute.
///
/// Sequences are `[steps · batch, features]`, one point in time after the other.
package struct GatedRecurrentUnits: Sendable, Hashable {
  /// To the gates `[reset | update | candidate]`.
  private let projections: RecurrentProjections

  /// Units whose parameters' names begin with `name`.
  package init(_ name: String, unitCount: Int) {
    projections = RecurrentProjections(name, gateCount: 3, unitCount: unitCount)
  }

  /// Adds parameters, uniform within `±1 / sqrt(units)`.
  package func initialize<Scalar>(
    _ parameters: inout Parameters<Scalar>,
    inputCount: Int,
    using generator: inout some RandomNumberGenerator
  ) {
    projections.initialize(&parameters, inputCount: inputCount, using: &generator)
  }

  /// The state `[batch, units]` after each step; it begins at zero.
  package func callAsFunction<Scalar>(
    _ sequence: Variable,
    stepCount: Int,
    on tape: Tape<Scalar>
  ) -> [Variable] {
    projections.unroll(sequence, stepCount: stepCount, on: tape) { input, latest, _ in
      latest = tape.gatedUnits(input, projections.state(latest, on: tape), latest)
    }
  }
}
