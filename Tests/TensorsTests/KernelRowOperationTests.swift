import Randomness
import Testing

@testable import Tensors

@Suite struct KernelRowOperationTests {
  private let reference = ReferenceBackend()

  /// Runs `operation` on the reference, then on every instruction set with one and three threads; the kernels'
  /// results must be near the reference's and identical to one another.
  private func check(
    tolerance: Float,
    _ operation: (any ComputeBackend) -> Matrix
  ) {
    let expected = operation(reference)
    var bits: [UInt32]?
    for instructionSet in KernelBackend.InstructionSet.supported {
      for threadCount in [1, 3] {
        let output = operation(
          KernelBackend(threadCount: threadCount, instructionSet: instructionSet)
        )
        #expect(output.rowCount == expected.rowCount)
        #expect(output.relativeError(to: expected) <= tolerance, "\(instructionSet)")
        #expect(output.bits == bits ?? output.bits, "\(instructionSet), \(threadCount) threads")
        bits = output.bits
      }
    }
  }

  @Test(arguments: [(1, 5), (3, 16), (64, 200), (7, 33)])
  func `normalisation of whole rows and of groups agrees`(rows: Int, width: Int) {
    var random = SplitMix64(seed: 11)
    let input = random.matrix(rows: rows, columns: 3 * width)
    let whole = random.floats(2 * width)
    let perGroup = random.floats(width)
    check(tolerance: 1e-6) { backend in
      let output = Matrix(rowCapacity: rows, columnCount: 3 * width)
      let columns = output[columns: width..<(3 * width)]
      backend.rmsNorm(
        input[columns: 0..<(2 * width)],
        weight: whole,
        epsilon: 1e-6,
        into: columns
      )
      backend.rmsNorm(columns, weight: perGroup, epsilon: 1e-5, into: columns)
      return output
    }
  }

  @Test(arguments: [(1, 2), (3, 16), (64, 80), (7, 22)])
  func `rotation agrees`(rows: Int, width: Int) {
    var random = SplitMix64(seed: 12)
    let heads = random.floats(rows * 4 * width)
    let angles = random.matrix(rows: rows, columns: width)
    check(tolerance: 1e-6) { backend in
      let output = Matrix(rows: rows, columns: 4 * width, numbers: heads)
      backend.rotate(output[columns: width..<(4 * width)], angles: angles)
      return output
    }
  }

  @Test(arguments: [(1, 1), (3, 16), (64, 128), (7, 33)])
  func `SwiGLU agrees`(rows: Int, width: Int) {
    var random = SplitMix64(seed: 13)
    let gateUp = Matrix(
      rows: rows,
      columns: 2 * width,
      numbers: random.floats(2 * rows * width, within: 20)
    )
    check(tolerance: 1e-6) { backend in
      let output = Matrix(rowCapacity: rows, columnCount: width)
      backend.swiGLU(gateUp, into: output)
      return output
    }
  }

  @Test func `SwiGLU of extreme gates stays finite`() {
    let gates: [Float] = [-1e30, -200, -100, -88, -0.0, 0, 88, 100, 1e30]
    let gateUp = Matrix(
      rows: 1,
      columns: 18,
      numbers: gates + Array(repeating: 1, count: 9)
    )
    let output = Matrix(rowCapacity: 1, columnCount: 9)
    KernelBackend(threadCount: 1).swiGLU(gateUp, into: output)
    for (gate, result) in zip(gates, output[row: 0]) {
      #expect(abs(result - max(gate, 0)) <= 1e-6 * max(1, abs(gate)) || gate == -1e30)
      #expect(result.isFinite)
    }
  }

  @Test func `gather, combine and add agree`() {
    var random = SplitMix64(seed: 14)
    let input = random.matrix(rows: 40, columns: 67)
    let start = random.floats(30 * 67)
    let indices = (0..<30).map { _ in Int32.random(in: 0..<40, using: &random) }
    var combination = RowCombination()
    for _ in 0..<30 {
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        combination.indices.append(Int32.random(in: 0..<40, using: &random))
        combination.weights.append(Float.random(in: 0...1, using: &random))
      }
      combination.offsets.append(Int32(combination.indices.count))
    }
    check(tolerance: 1e-6) { backend in
      let output = Matrix(rowCapacity: 30, columnCount: 67)
      backend.gather(input, rows: indices, into: output)
      backend.combine(input, combination, into: output)
      backend.add(Matrix(rows: 30, columns: 67, numbers: start), into: output)
      return output
    }
  }

  @Test(arguments: WeightFormat.allCases)
  func `embedding copies the table's rows`(format: WeightFormat) {
    var random = SplitMix64(seed: 15)
    let table = random.weights(outputs: 77, inputs: 45, format)
    let ids: [Int32] = [0, 76, 3, 3, 16, 15]
    check(tolerance: 0) { backend in
      let output = Matrix(rowCapacity: 9, columnCount: 45)
      backend.embed(ids, table: table, into: output)
      return output
    }
  }
}
