import CKernels

// The package's values in the kernels' terms. Pointers are valid while the objects they came from are alive.

extension MatrixSlice {
  var kernelInput: ck_input {
    ck_input(
      numbers: UnsafePointer(firstNumber),
      stride: matrix.columnCount,
      rows: Int32(rowCount),
      columns: Int32(columnCount)
    )
  }

  var kernelOutput: ck_output {
    ck_output(
      numbers: firstNumber,
      stride: matrix.columnCount,
      rows: Int32(rowCount),
      columns: Int32(columnCount)
    )
  }

  private var firstNumber: UnsafeMutablePointer<Float> {
    guard let start = matrix.elements.baseAddress else {
      preconditionFailure("a matrix always has memory")
    }
    return start + columns.lowerBound
  }
}

extension RowGroup {
  /// The group, checked against the matrices it is meant for.
  func kernelGroup(_ input: Matrix, _ output: Matrix) -> ck_group {
    precondition(
      input.columnCount == weights.inputCount && output.columnCount == weights.outputCount,
      "weights [\(weights.outputCount), \(weights.inputCount)] do not take"
        + " \(input.columnCount) columns to \(output.columnCount)"
    )
    precondition(rows.lowerBound >= 0 && rows.upperBound <= input.rowCount, "rows \(rows)")
    return ck_group(
      weights: weights.kernelWeights,
      first_row: Int32(rows.lowerBound),
      row_count: Int32(rows.count)
    )
  }
}

extension RowCombination {
  /// Whether every entry names a row below `inputRowCount` and the offsets cover the entries in order.
  func isConsistent(inputRowCount: Int) -> Bool {
    weights.count == indices.count && offsets.first == 0 && offsets.last == Int32(indices.count)
      && zip(offsets, offsets.dropFirst()).allSatisfy(<=)
      && indices.allSatisfy { (0..<Int32(inputRowCount)).contains($0) }
  }
}

extension KVStore {
  func kernelCache(layer: Int) -> ck_cache {
    precondition((0..<shape.layerCount).contains(layer), "layer \(layer)")
    return ck_cache(
      keys: keys(layer: layer),
      values: values(layer: layer),
      is_half: shape.format == .float16,
      head_count: Int32(shape.keyValueHeadCount),
      width: Int32(shape.headWidth),
      block_length: Int32(shape.blockLength)
    )
  }
}

extension AttentionBatch {
  /// Calls `body` with the batch in the kernels' terms, after a check that every block that is read exists.
  func withKernelBatch(window: Int?, _ cache: KVStore, _ body: (ck_batch) -> Void) {
    let length = cache.shape.blockLength
    blocks.withUnsafeBufferPointer { blocks in
      for segment in segments where segment.rowCount > 0 {
        let first = window.map { max(0, segment.firstPosition + 1 - $0) } ?? 0
        let last = segment.firstPosition + segment.rowCount - 1
        let used = (segment.firstBlock + first / length)...(segment.firstBlock + last / length)
        precondition(used.upperBound < blocks.count, "a block table ends before position \(last)")
        for index in used {
          precondition(
            (0..<cache.blockCount).contains(Int(blocks[index])),
            "block \(blocks[index])"
          )
        }
      }
      kernelSegments.withUnsafeBufferPointer { segments in
        body(
          ck_batch(
            segments: segments.baseAddress,
            count: Int32(segments.count),
            blocks: blocks.baseAddress
          )
        )
      }
    }
  }
}
