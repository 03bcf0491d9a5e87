package import Tensors

/// How matrices are multiplied: `left [n, k] · right [m, k]ᵀ`, the one product that networks are made of.
package struct MatrixProduct<Scalar: Real> {
  private let multiply: (RealMatrix<Scalar>, RealMatrix<Scalar>) -> RealMatrix<Scalar>

  package func callAsFunction(
    _ left: RealMatrix<Scalar>,
    _ right: RealMatrix<Scalar>
  ) -> RealMatrix<Scalar> {
    precondition(
      left.columnCount == right.columnCount,
      "\(left.columnCount) columns by \(right.columnCount)"
    )
    return multiply(left, right)
  }

  /// Loops in Swift: the twin of the kernels, and all there is for `Double`.
  package static var plain: MatrixProduct {
    MatrixProduct { left, right in
      RealMatrix(
        rowCount: left.rowCount,
        columnCount: right.rowCount,
        elements: Loops.multiply(left.elements, right.elements, depth: left.columnCount)
      )
    }
  }
}

extension MatrixProduct<Float> {
  /// The kernels that inference runs on; the right matrix is packed anew for each product.
  package static func kernels(_ backend: any ComputeBackend) -> MatrixProduct {
    MatrixProduct { left, right in
      let input = Matrix(rowCapacity: left.rowCount, columnCount: left.columnCount)
      _ = input.elements.update(fromContentsOf: left.elements)
      let output = Matrix(rowCapacity: left.rowCount, columnCount: right.rowCount)
      backend.multiply(
        input,
        by: WeightMatrix(right),
        bias: nil,
        accumulating: false,
        into: output
      )
      return RealMatrix(
        rowCount: output.rowCount,
        columnCount: output.columnCount,
        elements: Array(output.elements)
      )
    }
  }
}

extension WeightMatrix {
  /// Packs a matrix of learnt weights.
  package convenience init(_ matrix: RealMatrix<Float>, format: WeightFormat = .float32) {
    let tensor = LearntNumbers(matrix.elements).tensor(
      shape: [matrix.rowCount, matrix.columnCount]
    )
    self.init(stacking: [tensor], format: format)
  }
}

/// Keeps numbers in place while they are packed.
private final class LearntNumbers: @unchecked Sendable {
  // Unchecked: the memory is written in `init` alone and freed in `deinit`.
  private let memory: UnsafeMutableBufferPointer<Float>

  init(_ numbers: [Float]) {
    memory = .allocate(capacity: numbers.count)
    _ = memory.initialize(fromContentsOf: numbers)
  }

  deinit { memory.deallocate() }

  func tensor(shape: [Int]) -> RawTensor {
    RawTensor(
      scalarType: .float32,
      shape: shape,
      bytes: UnsafeRawBufferPointer(memory),
      owner: self
    )
  }
}
