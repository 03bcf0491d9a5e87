extension Tape {
  /// The part of `input` within `rows` and `columns`; all columns if left out.
  package func block(
    _ input: Variable,
    rows: Range<Int>? = nil,
    columns: Range<Int>? = nil
  ) -> Variable {
    let value = self[input]
    let (rows, columns) = (rows ?? 0..<value.rowCount, columns ?? 0..<value.columnCount)
    let shape = (rowCount: value.rowCount, columnCount: value.columnCount)
    return record(value.block(rows: rows, columns: columns), from: [input]) { gradient, gradients in
      let origin = (row: rows.lowerBound, column: columns.lowerBound)
      gradients.add(gradient, to: input, at: origin, of: shape)
    }
  }

  /// The rows of all `inputs`, one matrix below the other.
  package func stack(_ inputs: [Variable]) -> Variable {
    precondition(!inputs.isEmpty, "nothing to stack")
    var value = self[inputs[0]]
    for input in inputs.dropFirst() { value.append(self[input].elements) }
    let rowCounts = inputs.map { self[$0].rowCount }
    return record(value, from: inputs) { gradient, gradients in
      var start = 0
      for (input, rowCount) in zip(inputs, rowCounts) {
        let rows = start..<(start + rowCount)
        start = rows.upperBound
        if gradients.wants(input) { gradients.add(gradient.rows(rows), to: input) }
      }
    }
  }

  /// For each point of a sequence of `[stepCount · batch, channels]` what a causal kernel of `width` sees of it.
  ///
  /// `[stepCount · batch, width · channels]`: points `dilation` apart, the oldest first, zeros before the beginning.
  func causalWindows(_ input: Variable, stepCount: Int, width: Int, dilation: Int) -> Variable {
    let value = self[input]
    precondition(value.rowCount.isMultiple(of: stepCount), "\(value.rowCount) rows")
    let batchCount = value.rowCount / stepCount
    let lags = (0..<width).map { (width - 1 - $0) * dilation * batchCount }
    let windows = RealMatrix(
      rowCount: value.rowCount,
      columnCount: width * value.columnCount,
      elements: Loops.windows(value.elements, columnCount: value.columnCount, rowLags: lags)
    )
    return record(windows, from: [input]) { gradient, gradients in
      let elements = Loops.windowsGradient(
        gradient.elements,
        columnCount: value.columnCount,
        rowLags: lags
      )
      gradients.add(value.replacing(elements), to: input)
    }
  }
}

extension RealMatrix {
  /// A matrix of this shape.
  func replacing(_ elements: [Scalar]) -> RealMatrix {
    RealMatrix(rowCount: rowCount, columnCount: columnCount, elements: elements)
  }
}
