/// A matrix `[rows, columns]` in row-major order: a value, as networks are small and copies are rare.
package struct RealMatrix<Scalar: Real>: Sendable, Hashable {
  package private(set) var rowCount: Int
  package let columnCount: Int
  package var elements: [Scalar]

  package init(rowCount: Int, columnCount: Int, elements: [Scalar]) {
    precondition(elements.count == rowCount * columnCount, "\(elements.count) numbers")
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.elements = elements
  }

  package init(rowCount: Int, columnCount: Int, repeating value: Scalar = 0) {
    self.init(
      rowCount: rowCount,
      columnCount: columnCount,
      elements: Array(repeating: value, count: rowCount * columnCount)
    )
  }

  package subscript(row: Int, column: Int) -> Scalar {
    get { elements[row * columnCount + column] }
    set { elements[row * columnCount + column] = newValue }
  }

  /// The rows `indices`, one below the other.
  package func rows(_ indices: some Collection<Int>) -> RealMatrix {
    var picked: [Scalar] = []
    picked.reserveCapacity(indices.count * columnCount)
    for row in indices {
      picked.append(contentsOf: elements[(row * columnCount)..<((row + 1) * columnCount)])
    }
    return RealMatrix(rowCount: indices.count, columnCount: columnCount, elements: picked)
  }

  package var transposed: RealMatrix {
    RealMatrix(
      rowCount: columnCount,
      columnCount: rowCount,
      elements: Loops.transpose(elements, rowCount: rowCount, columnCount: columnCount)
    )
  }

  /// Adds whole rows at the end.
  package mutating func append(_ numbers: some Collection<Scalar>) {
    precondition(numbers.count.isMultiple(of: columnCount), "\(numbers.count) numbers")
    elements.append(contentsOf: numbers)
    rowCount += numbers.count / columnCount
  }

  package mutating func add(_ other: RealMatrix) {
    precondition(rowCount == other.rowCount && columnCount == other.columnCount)
    Loops.add(other.elements, into: &elements)
  }

  /// Multiplies every number.
  package mutating func scale(by factor: Scalar) { Loops.scale(&elements, by: factor) }

  /// The part within `rows` and `columns`.
  package func block(rows: Range<Int>, columns: Range<Int>) -> RealMatrix {
    precondition(rows.upperBound <= rowCount && columns.upperBound <= columnCount)
    if columns.count == columnCount { return self.rows(rows) }
    var picked: [Scalar] = []
    picked.reserveCapacity(rows.count * columns.count)
    for row in rows {
      let start = row * columnCount
      picked.append(
        contentsOf: elements[(start + columns.lowerBound)..<(start + columns.upperBound)]
      )
    }
    return RealMatrix(rowCount: rows.count, columnCount: columns.count, elements: picked)
  }

  /// Adds `other` to the part that begins at a row and a column.
  mutating func add(_ other: RealMatrix, at origin: (row: Int, column: Int)) {
    precondition(origin.row + other.rowCount <= rowCount)
    precondition(origin.column + other.columnCount <= columnCount)
    Loops.add(
      other.elements,
      width: other.columnCount,
      into: &elements,
      at: origin.row * columnCount + origin.column,
      stride: columnCount
    )
  }
}

extension RealMatrix {
  /// Weights `[outputs, inputs]` of a linear layer, uniform within `±sqrt(6 / (inputs + outputs))` (Glorot and
  /// Bengio 2010).
  package static func glorot(
    outputCount: Int,
    inputCount: Int,
    using generator: inout some RandomNumberGenerator
  ) -> RealMatrix {
    uniform(
      rowCount: outputCount,
      columnCount: inputCount,
      within: (6 / Scalar(inputCount + outputCount)).squareRoot(),
      using: &generator
    )
  }

  /// Numbers uniform within `±bound`.
  package static func uniform(
    rowCount: Int,
    columnCount: Int,
    within bound: Scalar,
    using generator: inout some RandomNumberGenerator
  ) -> RealMatrix {
    RealMatrix(
      rowCount: rowCount,
      columnCount: columnCount,
      elements: (0..<(rowCount * columnCount)).map { _ in
        Scalar.random(in: -bound...bound, using: &generator)
      }
    )
  }
}
