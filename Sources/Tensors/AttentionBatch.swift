import CKernels

/// Which cached keys and values each row of a step attends to.
///
/// Flat arrays that a step clears and refills, so that the steady state allocates nothing.
package struct AttentionBatch: Sendable {
  /// Consecutive rows of one sequence at consecutive positions.
  package struct Segment: Sendable {
    package let firstRow: Int
    package let rowCount: Int
    /// Absolute position of the first row; row `firstRow + i` sees positions `0...firstPosition + i`.
    package let firstPosition: Int
    /// Where in ``AttentionBatch/blocks`` the sequence's block table starts.
    package let firstBlock: Int
  }

  package private(set) var segments: [Segment] = []
  /// The same in the kernels' terms.
  private(set) var kernelSegments: [ck_segment] = []
  /// The block tables of all segments, one after the other.
  package private(set) var blocks: [Int32] = []
  /// Absolute position of each row.
  package private(set) var positions: [Int32] = []

  package init() {}

  package mutating func removeAll() {
    segments.removeAll(keepingCapacity: true)
    kernelSegments.removeAll(keepingCapacity: true)
    blocks.removeAll(keepingCapacity: true)
    positions.removeAll(keepingCapacity: true)
  }

  /// Appends `rowCount` rows of a sequence; `blockTable` must cover positions up to the last row's.
  package mutating func append(rowCount: Int, firstPosition: Int, blockTable: [Int32]) {
    segments.append(
      Segment(
        firstRow: positions.count,
        rowCount: rowCount,
        firstPosition: firstPosition,
        firstBlock: blocks.count
      )
    )
    kernelSegments.append(
      ck_segment(
        first_row: Int32(positions.count),
        row_count: Int32(rowCount),
        first_position: Int32(firstPosition),
        first_block: Int32(blocks.count)
      )
    )
    blocks.append(contentsOf: blockTable)
    for index in 0..<rowCount { positions.append(Int32(firstPosition + index)) }
  }
}
