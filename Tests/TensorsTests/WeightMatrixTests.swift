import Randomness
import Testing

@testable import Tensors

@Suite struct WeightMatrixTests {
  private func rows(_ weights: WeightMatrix) -> [[Float]] {
    (0..<weights.outputCount).map { output in
      [Float](unsafeUninitializedCapacity: weights.inputCount) { buffer, count in
        weights.copyRow(output, into: buffer)
        count = weights.inputCount
      }
    }
  }

  @Test func `float formats keep what they can hold, across stacked tensors of any type`() {
    let exact: [Float] = (0..<35).map { Float($0) * 0.25 - 4 }
    let parts = [
      RawTensor(exact, shape: [5, 7]),
      RawTensor(exact.map { Float16($0) }, shape: [5, 7], as: .float16),
      RawTensor(
        exact.map { UInt16($0.bitPattern >> 16) },
        shape: [5, 7],
        as: .bfloat16
      ),
      RawTensor(exact, shape: [5, 7]),
    ]
    for format in [WeightFormat.float32, .bfloat16] {
      let weights = WeightMatrix(stacking: parts, format: format)
      #expect(weights.outputCount == 20)
      let unpacked = Array(rows(weights).joined())
      #expect(unpacked == exact + exact + exact + exact)
    }
  }

  @Test func `bfloat16 rounds to nearest, ties to even`() {
    let numbers: [Float] = [1, 1.00390625, 1.01171875, -1.005, .infinity]
    let weights = WeightMatrix(stacking: [RawTensor(numbers, shape: [1, 5])], format: .bfloat16)
    #expect(rows(weights)[0] == [1, 1, 1.015625, -1.0078125, .infinity])
  }

  @Test(arguments: [WeightFormat.int8, .int4], [1, 31, 32, 77])
  func `block formats round to about half a step of the block's scale`(
    format: WeightFormat,
    inputs: Int
  ) {
    var random = SplitMix64(seed: 31)
    let numbers = random.floats(19 * inputs, within: 0.02)
    let weights = WeightMatrix(
      stacking: [RawTensor(numbers, shape: [19, inputs])],
      format: format
    )
    let differences = zip(numbers, rows(weights).joined()).map { $0 - $1 }
    let error = differences.reduce(0) { $0 + $1 * $1 }
    let total = numbers.reduce(0) { $0 + $1 * $1 }
    #expect((error / total).squareRoot() < (format == .int8 ? 0.005 : 0.08))
  }

  @Test func `weights that float16 scales cannot reach stay finite`() {
    let numbers: [Float] = [1e-38, -3e38, 0, 1e30, -1e-20] + Array(repeating: 0, count: 59)
    for format in [WeightFormat.int8, .int4] {
      let weights = WeightMatrix(
        stacking: [RawTensor(numbers, shape: [2, 32])],
        format: format
      )
      let isFinite = rows(weights).joined().allSatisfy(\.isFinite)
      #expect(isFinite)
    }
  }

  @Test func `panels take the bytes that their format promises`() {
    let tensor = RawTensor([Float](repeating: 1, count: 17 * 64), shape: [17, 64])
    let bytes = WeightFormat.allCases.map {
      WeightMatrix(stacking: [tensor], format: $0).byteCount
    }
    // Two blocks of 4-bit weights use half of their line of multiples.
    let (scales, multiples) = (16 * 4, 64)
    #expect(
      bytes == [
        2 * 16 * 64 * 4, 2 * 16 * 64 * 2, 2 * (16 * 64 + scales),
        2 * (multiples + 16 * 32 + scales),
      ]
    )
  }

  @Test(arguments: WeightFormat.allCases)
  func `threads pack the same panels as the caller alone`(format: WeightFormat) {
    var random = SplitMix64(seed: 47)
    let tensors = [1100, 3].map { RawTensor(random.floats($0 * 70, within: 1), shape: [$0, 70]) }
    let alone = WeightMatrix(stacking: tensors, format: format)
    let shared = WeightMatrix(
      stacking: tensors,
      format: format,
      on: KernelBackend(threadCount: 3)
    )
    #expect(shared.panelBytes.elementsEqual(alone.panelBytes))
  }

  /// Matrices of middling size share memory, which is given back in parts.
  @Test func `weights outlive their neighbours in memory`() {
    var random = SplitMix64(seed: 53)
    var kept: [(matrix: WeightMatrix, checksum: UInt64)] = []
    for round in 0..<60 {
      let outputs = 16 * Int.random(in: 1...1200, using: &random)
      let matrix = WeightMatrix(outputCount: outputs, inputCount: 256, format: .int8) { memory in
        memory.initializeMemory(as: UInt8.self, repeating: UInt8(round))
        return true
      }
      if let matrix { kept.append((matrix, matrix.panelBytes.checksum)) }
      if round.isMultiple(of: 2) {
        kept.remove(at: Int.random(in: kept.indices, using: &random))
      }
      #expect(kept.allSatisfy { $0.matrix.panelBytes.checksum == $0.checksum })
    }
  }
}
