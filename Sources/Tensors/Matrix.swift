/// A float32 matrix `[rows, columns]` for activations: row-major, 64-byte aligned, allocated once and reused.
///
/// A step sets `rowCount` (at most `rowCapacity`) and the operations of a ``ComputeBackend`` work on just those
/// rows. Not sendable on purpose: the engine that owns the workspace is the only one who touches it.
package final class Matrix {
  package let rowCapacity: Int
  package let columnCount: Int
  /// Rows in use.
  package var rowCount: Int {
    didSet {
      precondition((0...rowCapacity).contains(rowCount), "\(rowCount) rows of \(rowCapacity)")
    }
  }
  package let elements: UnsafeMutableBufferPointer<Float>

  /// Zeroed storage for `rowCapacity` rows, all in use at first.
  package init(rowCapacity: Int, columnCount: Int) {
    self.rowCapacity = rowCapacity
    self.columnCount = columnCount
    self.rowCount = rowCapacity
    let count = rowCapacity * columnCount
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride,
      alignment: 64
    )
    elements = UnsafeMutableBufferPointer(
      start: memory.bindMemory(to: Float.self, capacity: count),
      count: count
    )
    elements.initialize(repeating: 0)
  }

  deinit { elements.baseAddress?.deallocate() }

  /// One row's numbers, writable.
  package subscript(row row: Int) -> UnsafeMutableBufferPointer<Float> {
    precondition((0..<rowCapacity).contains(row))
    return UnsafeMutableBufferPointer(
      rebasing: elements[(row * columnCount)..<((row + 1) * columnCount)]
    )
  }

  /// The columns `range` of every row in use.
  package subscript(columns range: Range<Int>) -> MatrixSlice {
    MatrixSlice(matrix: self, columns: range)
  }

  /// All columns of every row in use.
  package var all: MatrixSlice { MatrixSlice(matrix: self, columns: 0..<columnCount) }
}

/// Some neighbouring columns of a matrix, all its rows in use: where a fused projection keeps its parts.
package struct MatrixSlice {
  package let matrix: Matrix
  package let columns: Range<Int>

  init(matrix: Matrix, columns: Range<Int>) {
    precondition(columns.lowerBound >= 0 && columns.upperBound <= matrix.columnCount)
    self.matrix = matrix
    self.columns = columns
  }

  package var rowCount: Int { matrix.rowCount }
  package var columnCount: Int { columns.count }

  /// One row's numbers within the slice, writable.
  package subscript(row row: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: matrix[row: row][columns])
  }
}
