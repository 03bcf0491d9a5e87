extension Tape {
  /// `left [n, k] · right [m, k]ᵀ`.
  package func multiply(_ left: Variable, _ right: Variable) -> Variable {
    let (first, second, product) = (self[left], self[right], product)
    return record(product(first, second), from: [left, right]) { gradient, gradients in
      if gradients.wants(left) {
        gradients.add(product(gradient, second.transposed), to: left)
      }
      if gradients.wants(right) {
        gradients.add(product(gradient.transposed, first.transposed), to: right)
      }
    }
  }

  /// `left + right`, of one shape.
  package func add(_ left: Variable, _ right: Variable) -> Variable {
    var sum = self[left]
    sum.add(self[right])
    return record(sum, from: [left, right]) { gradient, gradients in
      for side in [left, right] where gradients.wants(side) { gradients.add(gradient, to: side) }
    }
  }

  /// `input [n, m]` with `row [1, m]` added to each of its rows.
  package func addRow(_ input: Variable, _ row: Variable) -> Variable {
    var sum = self[input]
    let added = self[row]
    precondition(added.rowCount == 1 && added.columnCount == sum.columnCount)
    Loops.addRow(added.elements, into: &sum.elements)
    return record(sum, from: [input, row]) { gradient, gradients in
      if gradients.wants(input) { gradients.add(gradient, to: input) }
      guard gradients.wants(row) else { return }
      let total = Loops.sumRows(gradient.elements, columnCount: gradient.columnCount)
      gradients.add(RealMatrix(rowCount: 1, columnCount: total.count, elements: total), to: row)
    }
  }

  /// `silu(gate) · up` for rows `[gate | up]`: half as many columns.
  package func swiGLU(_ input: Variable) -> Variable {
    let value = self[input]
    let width = value.columnCount / 2
    let output = RealMatrix(
      rowCount: value.rowCount,
      columnCount: width,
      elements: Loops.swiGLU(value.elements, width: width)
    )
    return record(output, from: [input]) { gradient, gradients in
      let elements = Loops.swiGLUGradient(value.elements, width: width, gradient.elements)
      gradients.add(
        RealMatrix(rowCount: value.rowCount, columnCount: value.columnCount, elements: elements),
        to: input
      )
    }
  }

  /// The mean squared error, each row of it weighted; `weights` that are all one give the plain mean.
  package func meanSquaredError(
    _ input: Variable,
    target: RealMatrix<Scalar>,
    weights: [Scalar]
  ) -> Variable {
    let value = self[input]
    precondition(value.rowCount == target.rowCount && value.columnCount == target.columnCount)
    precondition(weights.count == value.rowCount, "\(weights.count) weights")
    let scale = 1 / (weights.reduce(0, +) * Scalar(value.columnCount))
    let error = scale * Loops.squaredError(value.elements, target.elements, weights)
    let loss = RealMatrix(rowCount: 1, columnCount: 1, elements: [error])
    return record(loss, from: [input]) { gradient, gradients in
      let elements = Loops.squaredErrorGradient(
        value.elements,
        target.elements,
        weights,
        scale: scale * gradient.elements[0]
      )
      gradients.add(
        RealMatrix(rowCount: value.rowCount, columnCount: value.columnCount, elements: elements),
        to: input
      )
    }
  }
}
