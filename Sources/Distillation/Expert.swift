package import Learning
import Tensors
package import Transformer

/// An expert as a network that can be computed and learnt.
enum Expert {
  static let network = GatedFeedForward(
    gateUp: Linear(weight: "gateUp"),
    down: Linear(weight: "down")
  )

  /// What an expert with `parameters` makes of each row of `inputs`.
  static func outputs(
    _ parameters: Parameters<Float>,
    _ inputs: RealMatrix<Float>,
    _ product: MatrixProduct<Float>
  ) -> RealMatrix<Float> {
    let tape = Tape(parameters, product: product)
    return tape[network(tape.constant(inputs), on: tape)]
  }

  /// The parameter average of `members`: where distillation starts.
  static func average(_ members: [Parameters<Float>]) -> Parameters<Float> {
    guard let first = members.first else { preconditionFailure("an average of nothing") }
    var average = first.zeros
    for name in average.names {
      for member in members { if let matrix = member[name] { average[name]?.add(matrix) } }
      average[name]?.scale(by: 1 / Float(members.count))
    }
    return average
  }
}

extension Parameters<Float> {
  /// An expert's weights, widened from the model's format.
  package init(_ expert: FeedForward) {
    self.init()
    self["gateUp"] = RealMatrix(expert.gateUp)
    self["down"] = RealMatrix(expert.down)
  }
}

extension RealMatrix<Float> {
  fileprivate init(_ weights: WeightMatrix) {
    self.init(
      rowCount: weights.outputCount,
      columnCount: weights.inputCount,
      elements: [Float](unsafeUninitializedCapacity: weights.outputCount * weights.inputCount) {
        buffer,
        count in
        for row in 0..<weights.outputCount {
          let start = row * weights.inputCount
          weights.copyRow(
            row,
            into: UnsafeMutableBufferPointer(rebasing: buffer[start..<(start + weights.inputCount)])
          )
        }
        count = buffer.count
      }
    )
  }

  fileprivate mutating func scale(by factor: Float) {
    for index in elements.indices { elements[index] *= factor }
  }
}
