/// The operations that a transformer is made of, on one device.
///
/// **Batch invariance.** Every operation computes a row of its result from that row of its inputs alone, in an
/// order that depends neither on how many rows there are, nor on the row's index, nor on how the work is split
/// over threads. Therefore batching, chunked prefill, cache hits and preemption never change an answer's bits.
///
/// Operations work on the rows in use of their matrices (``Matrix/rowCount``) and set the row count of an
/// output that is a whole matrix. Inputs and outputs do not overlap unless stated. Legend of shapes:
/// `n` rows (tokens of the step), `H` hidden width, `I` feed-forward width, `q`, `kv` heads, `d` head width.
package protocol ComputeBackend: AnyObject, Sendable {
  /// Rows `ids` of an embedding table `[vocabulary, H]` into `output` `[n, H]`.
  func embed(_ ids: [Int32], table: WeightMatrix, into output: Matrix)

  /// Root-mean-square normalisation `x / sqrt(mean(x²) + epsilon) · weight`, over the whole row or over groups
  /// of `weight.count` neighbouring columns (per-head normalisation). `output` may be the input.
  func rmsNorm(_ input: MatrixSlice, weight: [Float], epsilon: Float, into output: MatrixSlice)

  /// `output[n, outputs] = input[n, inputs] · weightsᵀ (+ bias)`, or `+=` when `accumulating`.
  func multiply(
    _ input: Matrix,
    by weights: WeightMatrix,
    bias: [Float]?,
    accumulating: Bool,
    into output: Matrix
  )

  /// One product per group of neighbouring rows, each with its own weights of the same shape.
  ///
  /// The mixture of experts: rows sorted by expert, so a step reads each distinct expert once.
  func multiplyGrouped(_ input: Matrix, groups: [RowGroup], into output: Matrix)

  /// Rotary position embedding, half-split form: pairs column `i` with `i + d/2` in every head of width `d`.
  ///
  /// `angles` is `[n, d]`: cosines in its first half, sines in its second. In place.
  func rotate(_ heads: MatrixSlice, angles: Matrix)

  /// Writes the step's keys and values `[n, kv·d]` into the cache at the rows' positions.
  func store(
    keys: MatrixSlice,
    values: MatrixSlice,
    layer: Int,
    batch: AttentionBatch,
    cache: KVStore
  )

  /// Causal scaled-dot-product attention of queries `[n, q·d]` over the cache, grouped-query style.
  ///
  /// With a `window`, a row sees that many latest positions, itself included; without, all.
  func attend(
    queries: MatrixSlice,
    layer: Int,
    batch: AttentionBatch,
    cache: KVStore,
    scale: Float,
    window: Int?,
    into output: Matrix
  )

  /// SwiGLU: `silu(gateUp[:, 0..<I]) · gateUp[:, I..<2I]` into `output` `[n, I]`.
  func swiGLU(_ gateUp: Matrix, into output: Matrix)

  /// Rows `indices` of `input` into `output` `[indices.count, …]`.
  func gather(_ input: Matrix, rows indices: [Int32], into output: Matrix)

  /// `output[pair.row] += pair.weight · input[pair.index]` for every pair of ``RowCombination``, in their order.
  func combine(_ input: Matrix, _ combination: RowCombination, into output: Matrix)

  /// `output += input`, row by row.
  func add(_ input: Matrix, into output: Matrix)

  /// Calls `body` for every index below `count`, several at a time where the device has threads for it: for work
  /// that is no operation, such as packing weights. Operations wait until it has ended.
  func perform(_ count: Int, _ body: (Int) -> Void)
}

extension ComputeBackend {
  package func perform(_ count: Int, _ body: (Int) -> Void) {
    for index in 0..<count { body(index) }
  }

  /// Like ``perform(_:_:)``, but lets operations in after every `portion` of indices.
  package func perform(_ count: Int, portion: Int, _ body: (Int) -> Void) {
    for start in stride(from: 0, to: count, by: portion) {
      perform(min(portion, count - start)) { body(start + $0) }
    }
  }
}

/// Neighbouring rows that are multiplied by the same weights.
package struct RowGroup {
  package let rows: Range<Int>
  package let weights: WeightMatrix

  package init(rows: Range<Int>, weights: WeightMatrix) {
    self.rows = rows
    self.weights = weights
  }
}

/// How rows of experts' outputs are added up per token.
///
/// Token `t` sums the entries `offsets[t]..<offsets[t + 1]`, in that order, which fixes its rounding.
package struct RowCombination: Sendable {
  /// One more entry than there are tokens; ascending.
  package var offsets: [Int32] = [0]
  /// For each entry, the row of the input.
  package var indices: [Int32] = []
  /// For each entry, its factor.
  package var weights: [Float] = []

  package init() {}
}

extension RowCombination {
  package mutating func removeAll() {
    offsets.removeAll(keepingCapacity: true)
    offsets.append(0)
    indices.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
  }

  /// Adds an entry to the token that is being described.
  package mutating func append(index: Int32, weight: Float) {
    indices.append(index)
    weights.append(weight)
  }

  /// Ends the token that is being described; the next entries belong to the next.
  package mutating func closeRow() { offsets.append(Int32(indices.count)) }
}
