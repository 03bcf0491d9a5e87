import Synchronization
import Tensors

/// The kernels, with a record of each step's size and of how many experts it visited.
final class RecordingBackend: ComputeBackend {
  private struct Step {
    var rowCount = 0
    var groupCount = 0
    var productCount = 0
  }

  private let kernels: KernelBackend
  private let steps = Mutex<[Step]>([])

  init(_ kernels: KernelBackend) { self.kernels = kernels }

  /// The steps since the latest ``removeAll()``.
  var records: [StepRecord] {
    steps.withLock { steps in
      steps.map {
        StepRecord(
          rowCount: $0.rowCount,
          distinctExpertCount: Double($0.groupCount) / Double(max($0.productCount, 1))
        )
      }
    }
  }

  func removeAll() { steps.withLock { $0.removeAll(keepingCapacity: true) } }

  /// A step begins with its embeddings.
  func embed(_ ids: [Int32], table: WeightMatrix, into output: Matrix) {
    steps.withLock { $0.append(Step(rowCount: ids.count)) }
    kernels.embed(ids, table: table, into: output)
  }

  func multiplyGrouped(_ input: Matrix, groups: [RowGroup], into output: Matrix) {
    steps.withLock { steps in
      guard !steps.isEmpty else { return }
      steps[steps.count - 1].groupCount += groups.count
      steps[steps.count - 1].productCount += 1
    }
    kernels.multiplyGrouped(input, groups: groups, into: output)
  }
}

// What is only passed on.
extension RecordingBackend {
  func rmsNorm(_ input: MatrixSlice, weight: [Float], epsilon: Float, into output: MatrixSlice) {
    kernels.rmsNorm(input, weight: weight, epsilon: epsilon, into: output)
  }

  func multiply(
    _ input: Matrix,
    by weights: WeightMatrix,
    bias: [Float]?,
    accumulating: Bool,
    into output: Matrix
  ) {
    kernels.multiply(input, by: weights, bias: bias, accumulating: accumulating, into: output)
  }

  func rotate(_ heads: MatrixSlice, angles: Matrix) { kernels.rotate(heads, angles: angles) }

  func store(
    keys: MatrixSlice,
    values: MatrixSlice,
    layer: Int,
    batch: AttentionBatch,
    cache: KVStore
  ) {
    kernels.store(keys: keys, values: values, layer: layer, batch: batch, cache: cache)
  }

  func attend(
    queries: MatrixSlice,
    layer: Int,
    batch: AttentionBatch,
    cache: KVStore,
    scale: Float,
    window: Int?,
    into output: Matrix
  ) {
    kernels.attend(
      queries: queries,
      layer: layer,
      batch: batch,
      cache: cache,
      scale: scale,
      window: window,
      into: output
    )
  }

  func swiGLU(_ gateUp: Matrix, into output: Matrix) { kernels.swiGLU(gateUp, into: output) }

  func gather(_ input: Matrix, rows indices: [Int32], into output: Matrix) {
    kernels.gather(input, rows: indices, into: output)
  }

  func combine(_ input: Matrix, _ combination: RowCombination, into output: Matrix) {
    kernels.combine(input, combination, into: output)
  }

  func add(_ input: Matrix, into output: Matrix) { kernels.add(input, into: output) }

  func perform(_ count: Int, _ body: (Int) -> Void) { kernels.perform(count, body) }
}
