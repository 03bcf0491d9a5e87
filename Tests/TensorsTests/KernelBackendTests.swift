import Randomness
import Testing

@testable import Tensors

@Suite struct KernelBackendTests {
  @Test func `several callers share one backend`() async {
    let backend = KernelBackend(threadCount: 3)
    await withTaskGroup(of: Bool.self) { group in
      for seed in 41..<47 {
        group.addTask {
          var random = SplitMix64(seed: UInt64(seed))
          let weights = random.weights(outputs: 500, inputs: 96, .int8)
          let input = random.matrix(rows: 40, columns: 96)
          let expected = Matrix(rowCapacity: 40, columnCount: 500)
          let output = Matrix(rowCapacity: 40, columnCount: 500)
          KernelBackend(threadCount: 1)
            .multiply(input, by: weights, bias: nil, accumulating: false, into: expected)
          for _ in 0..<50 {
            backend.multiply(input, by: weights, bias: nil, accumulating: false, into: output)
            if output.bits(row: 39) != expected.bits(row: 39) { return false }
          }
          return output.bits == expected.bits
        }
      }
      for await isSame in group { #expect(isSame) }
    }
  }

  @Test func `steps without rows do nothing`() {
    let backend = KernelBackend(threadCount: 2)
    var random = SplitMix64(seed: 48)
    let input = random.matrix(rows: 1, columns: 8)
    input.rowCount = 0
    let output = Matrix(rowCapacity: 4, columnCount: 8)
    let weights = random.weights(outputs: 8, inputs: 8, .int4)
    backend.multiply(input, by: weights, bias: nil, accumulating: false, into: output)
    backend.multiplyGrouped(input, groups: [], into: output)
    backend.multiplyGrouped(input, groups: [RowGroup(rows: 0..<0, weights: weights)], into: output)
    backend.embed([], table: weights, into: output)
    backend.rmsNorm(output.all, weight: [1], epsilon: 1, into: output.all)
    #expect(output.rowCount == 0)
  }

  @Test func `the best instruction set is one that this processor supports`() {
    #expect(KernelBackend.InstructionSet.best.isSupported)
    #expect(KernelBackend.InstructionSet.portable.isSupported)
  }
}
