import Glibc

/// Every operation in its plainest form: the twin that fast kernels are tested against.
package final class ReferenceBackend: ComputeBackend {
  package init() {}

  package func embed(_ ids: [Int32], table: WeightMatrix, into output: Matrix) {
    output.rowCount = ids.count
    for (row, id) in ids.enumerated() { table.copyRow(Int(id), into: output[row: row]) }
  }

  package func rmsNorm(
    _ input: MatrixSlice,
    weight: [Float],
    epsilon: Float,
    into output: MatrixSlice
  ) {
    for row in 0..<input.rowCount {
      let source = input[row: row]
      let target = output[row: row]
      for start in stride(from: 0, to: source.count, by: weight.count) {
        var sum: Float = 0
        for index in weight.indices { sum += source[start + index] * source[start + index] }
        let scale = 1 / (sum / Float(weight.count) + epsilon).squareRoot()
        for index in weight.indices {
          target[start + index] = source[start + index] * scale * weight[index]
        }
      }
    }
  }

  package func multiply(
    _ input: Matrix,
    by weights: WeightMatrix,
    bias: [Float]?,
    accumulating: Bool,
    into output: Matrix
  ) {
    if !accumulating { output.rowCount = input.rowCount }
    multiply(input, rows: 0..<input.rowCount, by: weights, bias: bias, accumulating, into: output)
  }

  package func multiplyGrouped(_ input: Matrix, groups: [RowGroup], into output: Matrix) {
    output.rowCount = input.rowCount
    for group in groups {
      multiply(input, rows: group.rows, by: group.weights, bias: nil, false, into: output)
    }
  }

  private func multiply(
    _ input: Matrix,
    rows: Range<Int>,
    by weights: WeightMatrix,
    bias: [Float]?,
    _ accumulating: Bool,
    into output: Matrix
  ) {
    let weightRow = UnsafeMutableBufferPointer<Float>.allocate(capacity: weights.inputCount)
    defer { weightRow.deallocate() }
    for column in 0..<weights.outputCount {
      weights.copyRow(column, into: weightRow)
      for row in rows {
        let source = input[row: row]
        var sum = bias?[column] ?? 0
        for index in 0..<weights.inputCount { sum += source[index] * weightRow[index] }
        output[row: row][column] = accumulating ? output[row: row][column] + sum : sum
      }
    }
  }

  package func rotate(_ heads: MatrixSlice, angles: Matrix) {
    let width = angles.columnCount
    let half = width / 2
    for row in 0..<heads.rowCount {
      let values = heads[row: row]
      let angle = angles[row: row]
      for start in stride(from: 0, to: values.count, by: width) {
        for index in 0..<half {
          let (first, second) = (values[start + index], values[start + half + index])
          let (cosine, sine) = (angle[index], angle[half + index])
          values[start + index] = first * cosine - second * sine
          values[start + half + index] = second * cosine + first * sine
        }
      }
    }
  }

  package func store(
    keys: MatrixSlice,
    values: MatrixSlice,
    layer: Int,
    batch: AttentionBatch,
    cache: KVStore
  ) {
    forEachRow(of: batch) { row, position, blockTable in
      let block = batch.blocks[blockTable + position / cache.shape.blockLength]
      let offset = position % cache.shape.blockLength
      for head in 0..<cache.shape.keyValueHeadCount {
        for index in 0..<cache.shape.headWidth {
          let column = head * cache.shape.headWidth + index
          let key = cache.keyIndex(block: block, head: head, offset: offset, column: index)
          let value = cache.valueIndex(block: block, head: head, offset: offset, column: index)
          cache.write(keys[row: row][column], to: cache.keys(layer: layer), at: key)
          cache.write(values[row: row][column], to: cache.values(layer: layer), at: value)
        }
      }
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
    output.rowCount = queries.rowCount
    let width = cache.shape.headWidth
    let headCount = queries.columnCount / width
    let queriesPerKey = headCount / cache.shape.keyValueHeadCount
    let (keys, values) = (cache.keys(layer: layer), cache.values(layer: layer))
    forEachRow(of: batch) { row, position, blockTable in
      let first = max(0, position + 1 - (window ?? position + 1))
      for queryHead in 0..<headCount {
        let places = (first...position).map { seen in
          let block = batch.blocks[blockTable + seen / cache.shape.blockLength]
          return (
            block: block, head: queryHead / queriesPerKey, offset: seen % cache.shape.blockLength
          )
        }
        let scores = places.map { block, head, offset in
          let first = queryHead * width
          return (0..<width).reduce(Float(0)) { sum, index in
            let key = cache.keyIndex(block: block, head: head, offset: offset, column: index)
            return sum + queries[row: row][first + index] * cache.read(keys, at: key)
          } * scale
        }
        let largest = scores.max() ?? 0
        let exponentials = scores.map { expf($0 - largest) }
        let total = exponentials.reduce(0, +)
        for index in 0..<width {
          let sum = zip(places, exponentials).reduce(Float(0)) { sum, seen in
            let (block, head, offset) = seen.0
            let value = cache.valueIndex(block: block, head: head, offset: offset, column: index)
            return sum + seen.1 * cache.read(values, at: value)
          }
          output[row: row][queryHead * width + index] = sum / total
        }
      }
    }
  }

  /// Calls `body` with each row, its absolute position, and where its block table starts in `batch.blocks`.
  private func forEachRow(of batch: AttentionBatch, _ body: (Int, Int, Int) -> Void) {
    for segment in batch.segments {
      for index in 0..<segment.rowCount {
        body(segment.firstRow + index, segment.firstPosition + index, segment.firstBlock)
      }
    }
  }

  package func swiGLU(_ gateUp: Matrix, into output: Matrix) {
    output.rowCount = gateUp.rowCount
    for row in 0..<gateUp.rowCount {
      let source = gateUp[row: row]
      for index in 0..<output.columnCount {
        let gate = source[index]
        output[row: row][index] = gate / (1 + expf(-gate)) * source[output.columnCount + index]
      }
    }
  }

  package func gather(_ input: Matrix, rows indices: [Int32], into output: Matrix) {
    output.rowCount = indices.count
    for (row, index) in indices.enumerated() {
      _ = output[row: row].update(from: input[row: Int(index)])
    }
  }

  package func combine(_ input: Matrix, _ combination: RowCombination, into output: Matrix) {
    for row in 0..<(combination.offsets.count - 1) {
      let target = output[row: row]
      for entry in combination.offsets[row]..<combination.offsets[row + 1] {
        let source = input[row: Int(combination.indices[Int(entry)])]
        let weight = combination.weights[Int(entry)]
        for index in target.indices { target[index] += weight * source[index] }
      }
    }
  }

  package func add(_ input: Matrix, into output: Matrix) {
    for row in 0..<input.rowCount {
      let (source, target) = (input[row: row], output[row: row])
      for index in target.indices { target[index] += source[index] }
    }
  }
}

extension KVStore {
  /// The number at `index` of a plane, widened.
  func read(_ plane: UnsafeMutableRawPointer, at index: Int) -> Float {
    switch shape.format {
    case .float32: plane.load(fromByteOffset: 4 * index, as: Float.self)
    case .float16: Float(plane.load(fromByteOffset: 2 * index, as: Float16.self))
    }
  }

  /// Stores `value` at `index` of a plane, rounded to the format.
  func write(_ value: Float, to plane: UnsafeMutableRawPointer, at index: Int) {
    switch shape.format {
    case .float32: plane.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
    case .float16: plane.storeBytes(of: Float16(value), toByteOffset: 2 * index, as: Float16.self)
    }
  }
}
