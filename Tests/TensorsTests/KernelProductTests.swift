import Randomness
import Testing

@testable import Tensors

@Suite struct KernelProductTests {
  private let reference = ReferenceBackend()

  /// The product of every row alone, on one thread: what all other ways must equal in every bit.
  private func rowByRow(
    _ input: Matrix,
    _ weights: WeightMatrix,
    on backend: KernelBackend
  ) -> [[UInt32]] {
    (0..<input.rowCount).map { row in
      let output = Matrix(rowCapacity: 1, columnCount: weights.outputCount)
      backend.multiply(
        input.only(row: row),
        by: weights,
        bias: nil,
        accumulating: false,
        into: output
      )
      return output.bits(row: 0)
    }
  }

  @Test(arguments: WeightFormat.allCases, KernelBackend.InstructionSet.supported)
  func `a row's bits depend on neither row count nor threads nor instruction set`(
    format: WeightFormat,
    instructionSet: KernelBackend.InstructionSet
  ) {
    var random = SplitMix64(seed: 1)
    let alone = KernelBackend(threadCount: 1)
    let backends = (1...4).map { KernelBackend(threadCount: $0, instructionSet: instructionSet) }
    let rowCounts = instructionSet == .best ? Array(1...64) + [97, 200] : [1, 2, 3, 5, 8, 13, 64]
    for rows in rowCounts {
      let inputs = Int.random(in: 1...100, using: &random)
      let outputs = Int.random(in: 1...90, using: &random)
      let weights = random.weights(outputs: outputs, inputs: inputs, format)
      let input = random.matrix(rows: rows, columns: inputs)
      let expected = rowByRow(input, weights, on: alone).flatMap(\.self)
      for backend in backends {
        let output = Matrix(rowCapacity: rows, columnCount: outputs)
        backend.multiply(input, by: weights, bias: nil, accumulating: false, into: output)
        #expect(output.bits == expected, "\(rows) rows, [\(outputs), \(inputs)]")
      }
    }
  }

  @Test(arguments: WeightFormat.allCases)
  func `products that are large enough to be shared keep their bits`(format: WeightFormat) {
    var random = SplitMix64(seed: 2)
    let weights = random.weights(outputs: 999, inputs: 515, format)
    let input = random.matrix(rows: 131, columns: 515)
    let expected = rowByRow(input, weights, on: KernelBackend(threadCount: 1)).flatMap(\.self)
    for threadCount in 2...4 {
      let backend = KernelBackend(threadCount: threadCount)
      let output = Matrix(rowCapacity: 131, columnCount: 999)
      for _ in 0..<3 {
        backend.multiply(input, by: weights, bias: nil, accumulating: false, into: output)
        #expect(output.bits == expected)
      }
    }
  }

  @Test(arguments: zip(WeightFormat.allCases, [1e-6, 1e-6, 0.02, 0.02] as [Float]))
  func `products agree with the reference on the same weights`(
    format: WeightFormat,
    tolerance: Float
  ) {
    var random = SplitMix64(seed: 3)
    let backend = KernelBackend(threadCount: 2)
    for rows in [1, 2, 7, 16, 33] {
      let inputs = Int.random(in: 30...400, using: &random)
      let outputs = Int.random(in: 1...100, using: &random)
      let weights = random.weights(outputs: outputs, inputs: inputs, format)
      let input = random.matrix(rows: rows, columns: inputs)
      let bias = random.floats(outputs)
      for accumulating in [false, true] {
        let expected = Matrix(rowCapacity: rows, columnCount: outputs)
        let output = Matrix(rowCapacity: rows, columnCount: outputs)
        for matrix in [expected, output] { matrix.elements.update(repeating: 0.5) }
        reference.multiply(
          input,
          by: weights,
          bias: bias,
          accumulating: accumulating,
          into: expected
        )
        backend.multiply(input, by: weights, bias: bias, accumulating: accumulating, into: output)
        #expect(output.relativeError(to: expected) < tolerance, "\(rows) rows, \(inputs) inputs")
      }
    }
  }

  @Test(arguments: [WeightFormat.int8, .int4])
  func `block formats multiply rounded activations exactly`(format: WeightFormat) {
    var random = SplitMix64(seed: 4)
    let backend = KernelBackend(threadCount: 1)
    let (rows, inputs, outputs) = (9, 200, 37)
    let weights = random.weights(outputs: outputs, inputs: inputs, format)
    let input = random.matrix(rows: rows, columns: inputs)
    let output = Matrix(rowCapacity: rows, columnCount: outputs)
    backend.multiply(input, by: weights, bias: nil, accumulating: false, into: output)
    let expected = Matrix(rowCapacity: rows, columnCount: outputs)
    for row in 0..<rows {
      let rounded = roundedToBlocks(Array(input[row: row]))
      let weightRow = UnsafeMutableBufferPointer<Float>.allocate(capacity: inputs)
      defer { weightRow.deallocate() }
      for column in 0..<outputs {
        weights.copyRow(column, into: weightRow)
        let sum = zip(rounded, weightRow).reduce(0) { $0 + $1.0 * Double($1.1) }
        expected[row: row][column] = Float(sum)
      }
    }
    #expect(output.relativeError(to: expected) < 1e-6)
  }

  /// What a block format makes of activations: signed bytes times the block's scale.
  private func roundedToBlocks(_ numbers: [Float]) -> [Double] {
    stride(from: 0, to: numbers.count, by: WeightFormat.blockLength).flatMap { start in
      let block = numbers[start..<min(start + WeightFormat.blockLength, numbers.count)]
      let largest = block.map(abs).max() ?? 0
      return block.map {
        Double(($0 * (127 / largest)).rounded(.toNearestOrEven)) * Double(largest / 127)
      }
    }
  }

  @Test(arguments: zip([WeightFormat.int8, .int4], [0.02, 0.1] as [Double]))
  func `a few large activations do not drown the others`(format: WeightFormat, bound: Double) {
    var random = SplitMix64(seed: 6)
    let (inputs, outputs) = (2048, 64)
    let numbers = random.normal(outputs * inputs)
    let tensor = RawTensor(numbers, shape: [outputs, inputs])
    var activations = random.normal(inputs)
    for index in activations.indices where Int.random(in: 0..<100, using: &random) == 0 {
      activations[index] *= 20
    }
    let output = Matrix(rowCapacity: 1, columnCount: outputs)
    KernelBackend(threadCount: 1).multiply(
      Matrix(rows: 1, columns: inputs, numbers: activations),
      by: WeightMatrix(stacking: [tensor], format: format),
      bias: nil,
      accumulating: false,
      into: output
    )
    var (error, magnitude) = (0.0, 0.0)
    for column in 0..<outputs {
      let row = numbers[(column * inputs)..<((column + 1) * inputs)]
      let exact = zip(activations, row).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      let difference = Double(output[row: 0][column]) - exact
      error += difference * difference
      magnitude += exact * exact
    }
    let relative = (error / magnitude).squareRoot()
    #expect(relative < bound)
    print("one product with outliers, \(format): relative error \(relative)")
  }

  @Test(arguments: WeightFormat.allCases)
  func `groups of rows multiply as if alone`(format: WeightFormat) {
    var random = SplitMix64(seed: 5)
    let experts = (0..<5).map { _ in random.weights(outputs: 130, inputs: 70, format) }
    let bounds = [0, 1, 4, 4, 104, 111]
    let input = random.matrix(rows: 111, columns: 70)
    let groups = experts.indices.map {
      RowGroup(rows: bounds[$0]..<bounds[$0 + 1], weights: experts[$0])
    }
    let alone = KernelBackend(threadCount: 1)
    let expected = groups.flatMap { group in
      let rows = rowByRow(input, group.weights, on: alone)
      return rows[group.rows].flatMap(\.self)
    }
    for threadCount in 1...3 {
      let output = Matrix(rowCapacity: 111, columnCount: 130)
      let backend = KernelBackend(threadCount: threadCount)
      backend.multiplyGrouped(input, groups: groups, into: output)
      #expect(output.bits == expected, "\(threadCount) threads")
    }
  }
}
