/// A hash table from pairs of adjacent tokens to the merge that joins them.
struct MergeTable: Sendable {
  /// What joining a pair gives, and how early it is done.
  struct Merge: Hashable, Sendable {
    let rank: Int32
    let token: Int32
  }

  private var keys: [UInt64]
  private var merges: [Merge]
  private let mask: Int

  /// No pair: ids are never negative.
  private static let empty = UInt64.max

  /// A table for at most `capacity` merges.
  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    keys = Array(repeating: Self.empty, count: size)
    merges = Array(repeating: Merge(rank: 0, token: 0), count: size)
    mask = size - 1
  }

  /// The merge of two adjacent tokens, or nil if they stay apart.
  subscript(left: Int32, right: Int32) -> Merge? {
    let key = Self.key(left, right)
    let slot = slot(of: key)
    return keys[slot] == key ? merges[slot] : nil
  }

  /// Sets the merge of a pair; the last of several counts.
  mutating func insert(_ left: Int32, _ right: Int32, _ merge: Merge) {
    let key = Self.key(left, right)
    let slot = slot(of: key)
    keys[slot] = key
    merges[slot] = merge
  }

  private func slot(of key: UInt64) -> Int {
    let mixed = key &* 0x9E37_79B9_7F4A_7C15
    var slot = Int(truncatingIfNeeded: mixed ^ mixed >> 32) & mask
    while keys[slot] != key, keys[slot] != Self.empty { slot = (slot + 1) & mask }
    return slot
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}
