extension Tape {
  /// The mean Huber loss: half the square of errors up to `delta`, straight beyond, so that outliers pull less.
  package func huberLoss(
    _ input: Variable,
    target: RealMatrix<Scalar>,
    delta: Scalar = 1
  ) -> Variable {
    meanLoss(input, target) {
      Loops.huber($0, target.elements, delta: delta)
    } slope: {
      Loops.huberGradient($0, target.elements, delta: delta, scale: $1)
    }
  }

  /// The mean pinball loss; column by column the input is drawn to its quantile, 0...1, of the target.
  package func quantileLoss(
    _ input: Variable,
    target: RealMatrix<Scalar>,
    quantiles: [Scalar]
  ) -> Variable {
    precondition(quantiles.count == target.columnCount, "\(quantiles.count) quantiles")
    return meanLoss(input, target) {
      Loops.pinball($0, target.elements, quantiles: quantiles)
    } slope: {
      Loops.pinballGradient($0, target.elements, quantiles: quantiles, scale: $1)
    }
  }

  /// The mean over all numbers of what `sum` adds up.
  private func meanLoss(
    _ input: Variable,
    _ target: RealMatrix<Scalar>,
    sum: ([Scalar]) -> Scalar,
    slope: @escaping (_ input: [Scalar], _ scale: Scalar) -> [Scalar]
  ) -> Variable {
    let value = self[input]
    precondition(value.rowCount == target.rowCount && value.columnCount == target.columnCount)
    let scale = 1 / Scalar(value.elements.count)
    let loss = RealMatrix(rowCount: 1, columnCount: 1, elements: [scale * sum(value.elements)])
    return record(loss, from: [input]) { gradient, gradients in
      let elements = slope(value.elements, scale * gradient.elements[0])
      gradients.add(value.replacing(elements), to: input)
    }
  }
}
