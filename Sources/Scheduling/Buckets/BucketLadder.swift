/// A partition of prompt lengths [0, maximum) into buckets that split and merge with what waits.
///
/// After BucketServe (Zheng et al. 2025), Algorithm 1. Lengths are counted in cells of equal width, and bounds lie on
/// their edges: splitting and merging moves bounds, never members, so it costs O(cells) however much waits. Bisection
/// halves a bucket's cells, the paper's middle where their number is a power of two.
package struct BucketLadder: Sendable {
  /// When buckets split and merge.
  package enum Rule: Sendable, Hashable {
    /// The paper's: everything merges below `batchLimit` waiting requests, and a bucket splits when more than half
    /// of its members lie in its lower half.
    case paper
    /// Merges only when less than half of `batchLimit` waited for three updates in a row, so that it does not flip at one
    /// boundary, and splits skewed buckets to either side.
    case steady
  }

  package let rule: Rule
  /// One past the longest prompt.
  package let maximum: Int
  package let cellWidth: Int
  package let maximumBucketCount: Int
  /// Members of each cell.
  private var cellCounts: [Int]
  /// First cell of each bucket, ascending from 0.
  private var firstCells = [0]
  package private(set) var count = 0
  private var quietUpdateCount = 0

  private static let cellLimit = 64
  /// Share of a bucket's members on one side above which it splits.
  private static let splitShare = 0.5

  package init(
    rule: Rule = .steady,
    maximum: Int,
    minimumWidth: Int = 64,
    maximumBucketCount: Int = 8
  ) {
    precondition(maximum > 0 && minimumWidth > 0 && maximumBucketCount > 0)
    self.rule = rule
    self.maximum = maximum
    self.maximumBucketCount = maximumBucketCount
    cellWidth = max(minimumWidth, (maximum + Self.cellLimit - 1) / Self.cellLimit)
    cellCounts = Array(repeating: 0, count: (maximum + cellWidth - 1) / cellWidth)
  }

  package var cellCount: Int { cellCounts.count }
  package var bucketCount: Int { firstCells.count }

  /// The lengths of each bucket, half-open and without gap or overlap.
  package var ranges: [Range<Int>] {
    (0..<bucketCount).map { bucket in
      let cells = cells(of: bucket)
      return cells.lowerBound * cellWidth..<min(cells.upperBound * cellWidth, maximum)
    }
  }

  /// The cell of prompts of that length; those beyond the maximum count as the longest.
  package func cell(ofLength length: Int) -> Int { min(length / cellWidth, cellCount - 1) }

  /// The cells that a bucket spans.
  package func cells(of bucket: Int) -> Range<Int> {
    firstCells[bucket]..<(bucket + 1 < bucketCount ? firstCells[bucket + 1] : cellCount)
  }

  package func memberCount(of bucket: Int) -> Int { memberCount(in: cells(of: bucket)) }

  package mutating func insert(length: Int) {
    cellCounts[cell(ofLength: length)] += 1
    count += 1
  }

  package mutating func remove(length: Int) {
    let cell = cell(ofLength: length)
    precondition(cellCounts[cell] > 0, "no member of length \(length) to remove")
    cellCounts[cell] -= 1
    count -= 1
  }

  /// Splits or merges for what waits now; `batchLimit` is how many requests the free memory holds.
  ///
  /// One pass: a bucket is halved at most once for each call.
  package mutating func update(batchLimit: Int) {
    precondition(batchLimit > 0)
    if count < batchLimit {
      quietUpdateCount = rule == .paper || 2 * count < batchLimit ? quietUpdateCount + 1 : 0
      if rule == .paper || quietUpdateCount >= 3 { firstCells = [0] }
      return
    }
    quietUpdateCount = 0
    var firsts: [Int] = []
    for bucket in 0..<bucketCount {
      let cells = cells(of: bucket)
      firsts.append(cells.lowerBound)
      let hasRoom = firsts.count + bucketCount - bucket - 1 < maximumBucketCount
      if hasRoom, let middle = splitPoint(of: cells, batchLimit: batchLimit) {
        firsts.append(middle)
      }
    }
    firstCells = firsts
  }

  private func splitPoint(of cells: Range<Int>, batchLimit: Int) -> Int? {
    let members = memberCount(in: cells)
    guard cells.count > 1, members > batchLimit else { return nil }
    let middle = (cells.lowerBound + cells.upperBound) / 2
    let lower = Double(memberCount(in: cells.lowerBound..<middle)) / Double(members)
    let isSkewed = lower > Self.splitShare || (rule == .steady && 1 - lower > Self.splitShare)
    return isSkewed ? middle : nil
  }

  private func memberCount(in cells: Range<Int>) -> Int {
    cells.reduce(0) { $0 + cellCounts[$1] }
  }
}
