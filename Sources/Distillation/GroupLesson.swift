package import Learning

/// What a united expert has to learn: for each token that visits its group, what the group adds to the layer.
///
/// A token `x` that chose the members `i` of the group with weights `gᵢ` gets `Σ gᵢ·Eᵢ(x)` from them, and
/// `(Σ gᵢ)·U(x)` when all give way. So the target is the weighted mean of the members' outputs, and the error
/// at a token counts by the square of `Σ gᵢ`: the squared error of the layer's output.
package struct GroupLesson: Sendable {
  /// `[tokens, H]`.
  package let inputs: RealMatrix<Float>
  package let targets: RealMatrix<Float>
  /// `(Σ gᵢ)²` of each token.
  package let weights: [Float]

  /// Makes the lesson of the group of `members` from what the layer's experts were given.
  package init(
    _ activations: MixtureActivations,
    members: [Int],
    experts: [Parameters<Float>],
    product: MatrixProduct<Float>
  ) {
    let topK = activations.topK
    let isMember = (0..<experts.count).map(members.contains)
    let visitors = (0..<activations.inputs.rowCount).filter { token in
      activations.experts[(token * topK)..<((token + 1) * topK)].contains { isMember[Int($0)] }
    }
    inputs = activations.inputs.rows(visitors)
    var sums = RealMatrix<Float>(rowCount: inputs.rowCount, columnCount: inputs.columnCount)
    var shares = Array(repeating: Float(0), count: inputs.rowCount)
    for member in members {
      let outputs = Expert.outputs(experts[member], inputs, product)
      for (row, token) in visitors.enumerated() {
        let pairs = (token * topK)..<((token + 1) * topK)
        guard let pair = pairs.first(where: { activations.experts[$0] == Int32(member) }) else {
          continue
        }
        shares[row] += activations.weights[pair]
        sums.addRow(row, of: outputs, times: activations.weights[pair])
      }
    }
    for row in shares.indices {
      sums.scaleRow(row, by: 1 / max(shares[row], .leastNormalMagnitude))
    }
    targets = sums
    weights = shares.map { $0 * $0 }
  }

  package init(inputs: RealMatrix<Float>, targets: RealMatrix<Float>, weights: [Float]) {
    self.inputs = inputs
    self.targets = targets
    self.weights = weights
  }

  package var tokenCount: Int { weights.count }

  /// Some of its tokens.
  func part(_ rows: some Collection<Int>) -> GroupLesson {
    GroupLesson(
      inputs: inputs.rows(rows),
      targets: targets.rows(rows),
      weights: rows.map { weights[$0] }
    )
  }

  /// The weighted squared error of an expert as a share of what skipping the group would cost: 0 is the
  /// members themselves, 1 is no better than nothing.
  package func error(
    of expert: Parameters<Float>,
    product: MatrixProduct<Float>
  ) -> Double {
    let outputs = Expert.outputs(expert, inputs, product)
    var (error, energy) = (0.0, 0.0)
    for row in weights.indices {
      for column in 0..<inputs.columnCount {
        let target = targets[row, column]
        let difference = outputs[row, column] - target
        error += Double(weights[row] * difference * difference)
        energy += Double(weights[row] * target * target)
      }
    }
    return energy > 0 ? error / energy : 0
  }
}

extension RealMatrix<Float> {
  fileprivate mutating func addRow(_ row: Int, of other: RealMatrix, times factor: Float) {
    for index in (row * columnCount)..<((row + 1) * columnCount) {
      elements[index] += factor * other.elements[index]
    }
  }

  fileprivate mutating func scaleRow(_ row: Int, by factor: Float) {
    for index in (row * columnCount)..<((row + 1) * columnCount) { elements[index] *= factor }
  }
}
