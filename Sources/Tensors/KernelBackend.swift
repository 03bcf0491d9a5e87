import CKernels
import Synchronization

/// The operations in C, for one processor: vectorised, on a pool of threads.
///
/// Calls are serialised by a lock: several engines may share a backend and then take turns. A row's bits depend
/// neither on ``threadCount`` nor on the instruction set.
package final class KernelBackend: ComputeBackend, @unchecked Sendable {
  // Unchecked: the context locks itself during every call.

  /// An implementation of the kernels.
  package enum InstructionSet: String, Sendable, CaseIterable {
    case portable
    case avx2
    case avx2VNNI
    case avx512

    /// Whether this processor can run it.
    package var isSupported: Bool { ck_isa_supported(kernelSet) }

    /// The fastest one here.
    package static var best: InstructionSet {
      allCases.last { $0.isSupported } ?? .portable
    }

    fileprivate var kernelSet: ck_isa {
      switch self {
      case .portable: .CK_ISA_PORTABLE
      case .avx2: .CK_ISA_AVX2
      case .avx2VNNI: .CK_ISA_AVX2_VNNI
      case .avx512: .CK_ISA_AVX512
      }
    }
  }

  package let threadCount: Int
  package let instructionSet: InstructionSet
  private let context: OpaquePointer
  /// Kept, so that a grouped product allocates nothing.
  private let kernelGroups = Mutex(KernelGroups())

  private struct KernelGroups: @unchecked Sendable {
    // Unchecked: the pointers are set and used under the lock, while the caller keeps the weights alive.
    var array: [ck_group] = []
  }

  /// Starts `threadCount - 1` worker threads, which sleep when idle; the calling thread is the last one.
  package init(threadCount: Int, instructionSet: InstructionSet = .best) {
    precondition((1...1024).contains(threadCount), "\(threadCount) threads")
    precondition(instructionSet.isSupported, "\(instructionSet.rawValue) on this processor")
    guard let context = ck_context_create(Int32(threadCount), instructionSet.kernelSet) else {
      preconditionFailure("the system refused \(threadCount - 1) threads")
    }
    self.threadCount = threadCount
    self.instructionSet = instructionSet
    self.context = context
  }

  deinit { ck_context_destroy(context) }

  package func embed(_ ids: [Int32], table: WeightMatrix, into output: Matrix) {
    precondition(output.columnCount == table.inputCount)
    precondition(ids.allSatisfy { (0..<Int32(table.outputCount)).contains($0) }, "ids \(ids)")
    output.rowCount = ids.count
    withUnsafePointer(to: table.kernelWeights) { table in
      ck_embed(context, table, ids, output.all.kernelOutput)
    }
  }

  package func rmsNorm(
    _ input: MatrixSlice,
    weight: [Float],
    epsilon: Float,
    into output: MatrixSlice
  ) {
    precondition(input.rowCount == output.rowCount && input.columnCount == output.columnCount)
    precondition(!weight.isEmpty && input.columnCount % weight.count == 0)
    ck_rms_norm(
      context,
      input.kernelInput,
      weight,
      Int32(weight.count),
      epsilon,
      output.kernelOutput
    )
  }

  package func multiply(
    _ input: Matrix,
    by weights: WeightMatrix,
    bias: [Float]?,
    accumulating: Bool,
    into output: Matrix
  ) {
    if !accumulating { output.rowCount = input.rowCount }
    precondition(input.rowCount == output.rowCount, "\(input.rowCount) rows, \(output.rowCount)")
    precondition(bias.map { $0.count == weights.outputCount } ?? true, "bias of another width")
    let group = RowGroup(rows: 0..<input.rowCount, weights: weights)
    withUnsafePointer(to: group.kernelGroup(input, output)) { group in
      // The optional array converts to a pointer that is null or valid for the call.
      ck_multiply(
        context,
        input.all.kernelInput,
        group,
        1,
        bias,
        accumulating,
        output.all.kernelOutput
      )
    }
    extendLifetime(weights)
  }

  package func multiplyGrouped(_ input: Matrix, groups: [RowGroup], into output: Matrix) {
    output.rowCount = input.rowCount
    guard let shape = groups.first?.weights else { return }
    kernelGroups.withLock { kernelGroups in
      kernelGroups.array.removeAll(keepingCapacity: true)
      for group in groups {
        precondition(
          group.weights.format == shape.format && group.weights.inputCount == shape.inputCount
            && group.weights.outputCount == shape.outputCount,
          "groups of different shapes"
        )
        kernelGroups.array.append(group.kernelGroup(input, output))
      }
      ck_multiply(
        context,
        input.all.kernelInput,
        kernelGroups.array,
        Int32(kernelGroups.array.count),
        nil,
        false,
        output.all.kernelOutput
      )
    }
    extendLifetime(groups)
  }

  package func rotate(_ heads: MatrixSlice, angles: Matrix) {
    precondition(angles.rowCount >= heads.rowCount && angles.columnCount % 2 == 0)
    precondition(angles.columnCount > 0 && heads.columnCount % angles.columnCount == 0)
    ck_rotate(context, heads.kernelOutput, angles.all.kernelInput)
  }

  package func store(
    keys: MatrixSlice,
    values: MatrixSlice,
    layer: Int,
    batch: AttentionBatch,
    cache: KVStore
  ) {
    let columnCount = cache.shape.keyValueHeadCount * cache.shape.headWidth
    precondition(keys.columnCount == columnCount && values.columnCount == columnCount)
    precondition(keys.rowCount == batch.positions.count && values.rowCount == keys.rowCount)
    batch.withKernelBatch(window: nil, cache) { batch in
      let layer = cache.kernelCache(layer: layer)
      ck_store(context, keys.kernelInput, values.kernelInput, batch, layer)
    }
  }

  package func attend(
    queries: MatrixSlice,
    layer: Int,
    batch: AttentionBatch,
    cache: KVStore,
    scale: Float,
    window: Int?,
    into output: Matrix
  ) {
    let (width, keyValueHeads) = (cache.shape.headWidth, cache.shape.keyValueHeadCount)
    precondition(queries.columnCount > 0 && queries.columnCount % (width * keyValueHeads) == 0)
    precondition(queries.rowCount == batch.positions.count, "\(queries.rowCount) rows of queries")
    precondition(output.columnCount == queries.columnCount && window ?? 1 > 0)
    output.rowCount = queries.rowCount
    batch.withKernelBatch(window: window, cache) { batch in
      ck_attend(
        context,
        queries.kernelInput,
        batch,
        cache.kernelCache(layer: layer),
        scale,
        Int32(clamping: window ?? Int(Int32.max)),
        output.all.kernelOutput
      )
    }
  }

  package func swiGLU(_ gateUp: Matrix, into output: Matrix) {
    precondition(gateUp.columnCount == 2 * output.columnCount)
    output.rowCount = gateUp.rowCount
    ck_swiglu(context, gateUp.all.kernelInput, output.all.kernelOutput)
  }

  package func gather(_ input: Matrix, rows indices: [Int32], into output: Matrix) {
    precondition(input.columnCount == output.columnCount)
    precondition(indices.allSatisfy { (0..<Int32(input.rowCapacity)).contains($0) })
    output.rowCount = indices.count
    ck_gather(context, input.all.kernelInput, indices, output.all.kernelOutput)
  }

  package func combine(_ input: Matrix, _ combination: RowCombination, into output: Matrix) {
    let rowCount = combination.offsets.count - 1
    precondition(input.columnCount == output.columnCount && rowCount <= output.rowCapacity)
    precondition(combination.isConsistent(inputRowCount: input.rowCapacity))
    var target = output.all.kernelOutput
    target.rows = Int32(rowCount)
    ck_combine(
      context,
      input.all.kernelInput,
      combination.offsets,
      combination.indices,
      combination.weights,
      target
    )
  }

  package func add(_ input: Matrix, into output: Matrix) {
    precondition(input.columnCount == output.columnCount && input.rowCount <= output.rowCapacity)
    var target = output.all.kernelOutput
    target.rows = Int32(input.rowCount)
    ck_add(context, input.all.kernelInput, target)
  }

  package func perform(_ count: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { pointer in
        ck_perform(
          context,
          Int32(count),
          { body, index, _ in
            body?.assumingMemoryBound(to: ((Int) -> Void).self).pointee(Int(index))
          },
          UnsafeMutableRawPointer(mutating: pointer)
        )
      }
    }
  }
}
