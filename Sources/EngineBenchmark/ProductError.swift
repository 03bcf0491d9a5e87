import Glibc
import Tensors

/// The error of one product in a weight format, on activations that are hard to quantise: 2,048 inputs of which
/// one in a hundred is twenty times as large as the rest.
enum ProductError {
  private static let (inputCount, outputCount, rowCount) = (2048, 256, 32)

  /// `|computed - exact| / |exact|` over the whole product.
  static func relative(_ format: WeightFormat, _ threadCount: Int) -> Double {
    var numbers = NormalNumbers(state: 1)
    let weights = (0..<outputCount * inputCount).map { _ in numbers.next() }
    let input = Matrix(rowCapacity: rowCount, columnCount: inputCount)
    for index in input.elements.indices {
      let isOutlier = numbers.uniform() < 0.01
      input.elements[index] = numbers.next() * (isOutlier ? 20 : 1)
    }
    let output = Matrix(rowCapacity: rowCount, columnCount: outputCount)
    KernelBackend(threadCount: threadCount).multiply(
      input,
      by: Floats(weights).matrix(inputCount: inputCount, format: format),
      bias: nil,
      accumulating: false,
      into: output
    )
    return distance(output, input, weights)
  }

  private static func distance(_ output: Matrix, _ input: Matrix, _ weights: [Float]) -> Double {
    var (error, norm) = (0.0, 0.0)
    for row in 0..<rowCount {
      for column in 0..<outputCount {
        let exact = (0..<inputCount).reduce(0.0) {
          $0 + Double(input[row: row][$1]) * Double(weights[column * inputCount + $1])
        }
        let difference = Double(output[row: row][column]) - exact
        error += difference * difference
        norm += exact * exact
      }
    }
    return (error / norm).squareRoot()
  }
}

/// Numbers that own their memory for as long as a tensor looks at it.
private final class Floats: Sendable {
  private nonisolated(unsafe) let numbers: UnsafeMutableBufferPointer<Float>

  init(_ values: [Float]) {
    // Written here alone.
    numbers = .allocate(capacity: values.count)
    _ = numbers.initialize(from: values)
  }

  deinit { numbers.deallocate() }

  func matrix(inputCount: Int, format: WeightFormat) -> WeightMatrix {
    let tensor = RawTensor(
      scalarType: .float32,
      shape: [numbers.count / inputCount, inputCount],
      bytes: UnsafeRawBufferPointer(numbers),
      owner: self
    )
    return WeightMatrix(stacking: [tensor], format: format)
  }
}

/// A reproducible sequence of normally distributed numbers (Box and Muller) over a xorshift generator (Marsaglia).
private struct NormalNumbers {
  var state: UInt64

  /// In 0..<1.
  mutating func uniform() -> Double {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Double(state >> 11) * 0x1p-53
  }

  mutating func next() -> Float {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return Float(radius * cos(2 * Double.pi * uniform()))
  }
}
