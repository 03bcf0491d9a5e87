/// A convolution over time that sees no future: each point of its output depends on `width` points up to it.
///
/// With `dilation` they lie that many steps apart, so that few layers see far (van den Oord and others 2016). Sequences are
/// `[steps · batch, channels]`, one point in time after the other; before the beginning they are zero.
package struct CausalConvolution: Sendable, Hashable {
  /// From `width · inputs` numbers, the oldest point first.
  package let kernel: Linear
  package let width: Int
  package let dilation: Int

  /// A convolution whose parameters' names begin with `name`.
  package init(_ name: String, width: Int, dilation: Int = 1) {
    precondition(width > 0 && dilation > 0, "width \(width), dilation \(dilation)")
    kernel = Linear(weight: name + ".weight", bias: name + ".bias")
    self.width = width
    self.dilation = dilation
  }

  /// Adds parameters, uniform within `±1 / sqrt(width · inputs)`.
  package func initialize<Scalar>(
    _ parameters: inout Parameters<Scalar>,
    outputCount: Int,
    inputCount: Int,
    using generator: inout some RandomNumberGenerator
  ) {
    kernel.initialize(
      &parameters,
      outputCount: outputCount,
      inputCount: width * inputCount,
      within: 1 / Scalar(width * inputCount).squareRoot(),
      using: &generator
    )
  }

  package func callAsFunction<Scalar>(
    _ sequence: Variable,
    stepCount: Int,
    on tape: Tape<Scalar>
  ) -> Variable {
    kernel(
      tape.causalWindows(sequence, stepCount: stepCount, width: width, dilation: dilation),
      on: tape
    )
  }
}
