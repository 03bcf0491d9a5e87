import Randomness

@testable import Tensors

extension SplitMix64 {
  mutating func floats(_ count: Int, within bound: Float = 1) -> [Float] {
    (0..<count).map { _ in Float.random(in: -bound...bound, using: &self) }
  }

  /// About normally distributed numbers: sums of twelve uniform ones.
  mutating func normal(_ count: Int) -> [Float] {
    (0..<count).map { _ in floats(12, within: 0.5).reduce(0, +) }
  }

  mutating func matrix(rows: Int, columns: Int) -> Matrix {
    Matrix(rows: rows, columns: columns, numbers: floats(rows * columns))
  }

  mutating func weights(outputs: Int, inputs: Int, _ format: WeightFormat) -> WeightMatrix {
    let numbers = floats(outputs * inputs)
    return WeightMatrix(
      stacking: [RawTensor(numbers, shape: [outputs, inputs])],
      format: format
    )
  }
}

extension Matrix {
  convenience init(rows: Int, columns: Int, numbers: [Float]) {
    self.init(rowCapacity: rows, columnCount: columns)
    _ = elements.update(from: numbers)
  }

  /// A matrix of just one of this one's rows.
  func only(row: Int) -> Matrix {
    Matrix(rows: 1, columns: columnCount, numbers: Array(self[row: row]))
  }

  /// The bits of a row, so that equality is exact.
  func bits(row: Int) -> [UInt32] { self[row: row].map(\.bitPattern) }

  /// The bits of all rows in use.
  var bits: [UInt32] { (0..<rowCount).flatMap { bits(row: $0) } }

  /// The largest difference to another matrix, relative to the largest magnitude there.
  func relativeError(to expected: Matrix) -> Float {
    var difference: Float = 0
    var magnitude: Float = 1e-20
    for row in 0..<rowCount {
      for (one, other) in zip(self[row: row], expected[row: row]) {
        if !one.isFinite || !other.isFinite { return .infinity }
        difference = max(difference, abs(one - other))
        magnitude = max(magnitude, abs(other))
      }
    }
    return difference / magnitude
  }
}

extension RawTensor {
  private final class Storage: @unchecked Sendable {
    // Unchecked: written in `init` alone.
    let bytes: UnsafeMutableRawBufferPointer

    init(_ content: UnsafeRawBufferPointer) {
      bytes = .allocate(byteCount: content.count + 1, alignment: 1)
      // One byte off: weight files align nothing.
      UnsafeMutableRawBufferPointer(rebasing: bytes[1...]).copyMemory(from: content)
    }

    deinit { bytes.deallocate() }
  }

  init<Number>(_ numbers: [Number], shape: [Int], as scalarType: ScalarType = .float32) {
    let storage = numbers.withUnsafeBytes { Storage($0) }
    self.init(
      scalarType: scalarType,
      shape: shape,
      bytes: UnsafeRawBufferPointer(rebasing: storage.bytes[1...]),
      owner: storage
    )
  }
}

extension KernelBackend.InstructionSet {
  /// Those this processor can run.
  static var supported: [KernelBackend.InstructionSet] { allCases.filter(\.isSupported) }
}
