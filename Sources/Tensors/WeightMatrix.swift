/// An immutable weight matrix `[outputs, inputs]` in the form the kernels read.
package final class WeightMatrix: Sendable {
  package let format: WeightFormat
  package let outputCount: Int
  package let inputCount: Int
  private let elements: [Float]

  /// Packs the rows of `tensors`, each `[outputs, inputs]`, one below the other: fused projections.
  ///
  /// - Complexity: reads every number once; allocates ``byteCount``.
  package init(stacking tensors: [RawTensor], format: WeightFormat) {
    precondition(!tensors.isEmpty && tensors.allSatisfy { $0.shape.count == 2 })
    inputCount = tensors[0].shape[1]
    precondition(tensors.allSatisfy { $0.shape[1] == tensors[0].shape[1] }, "unequal widths")
    outputCount = tensors.reduce(0) { $0 + $1.shape[0] }
    self.format = format
    elements = tensors.flatMap(\.floats)
  }

  /// Bytes this matrix occupies.
  package var byteCount: Int { elements.count * 4 }

  /// One output's weights, as the kernels see them (after rounding to the format).
  package func copyRow(_ output: Int, into row: UnsafeMutableBufferPointer<Float>) {
    precondition((0..<outputCount).contains(output) && row.count == inputCount)
    for input in 0..<inputCount { row[input] = elements[output * inputCount + input] }
  }
}
