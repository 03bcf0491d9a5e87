/// A hash table from the bytes of tokens to their ids.
///
/// `Dictionary<String, Int32>` would take canonically equal tokens ("K" and the Kelvin sign) for
/// one, and would need a `String` for each lookup of a piece of text. Open addressing over one byte
/// pool; the load stays below one half.
struct TokenTable: Sendable {
  private var pool: [UInt8] = []
  /// Where each entry ends in the pool; it begins where the one before it ends.
  private var ends: [Int] = []
  private var ids: [Int32] = []
  /// The upper half of an entry's hash and, in the lower half, its number plus one; zero is an
  /// empty slot.
  private var slots: [UInt64] = Array(repeating: 0, count: 16)

  /// The number of tokens.
  var count: Int { ids.count }

  init() {}

  /// An empty table with room for `capacity` tokens.
  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    slots = Array(repeating: 0, count: size)
    ends.reserveCapacity(capacity)
    ids.reserveCapacity(capacity)
  }

  /// Sets the id of a token.
  mutating func insert(_ token: [UInt8], id: Int32) {
    let hash = Self.hash(token, 0..<token.count)
    let slot = slot(of: token, 0..<token.count, hash)
    if let entry = entry(at: slot) {
      ids[entry] = id
      return
    }
    slots[slot] = Self.content(hash, entry: ids.count)
    pool.append(contentsOf: token)
    ends.append(pool.count)
    ids.append(id)
    if ids.count * 2 > slots.count { grow() }
  }

  func id(of token: [UInt8]) -> Int32? {
    id(of: token, 0..<token.count)
  }

  /// The id of the token `text[range]`.
  func id(of text: [UInt8], _ range: Range<Int>) -> Int32? {
    entry(at: slot(of: text, range, Self.hash(text, range))).map { ids[$0] }
  }

  /// The highest id, or -1 if the table is empty.
  var highestID: Int32 { ids.max() ?? -1 }

  /// Calls `body` with every token and its id, in the order of insertion.
  func forEach(_ body: (ArraySlice<UInt8>, Int32) -> Void) {
    var start = 0
    for (end, id) in zip(ends, ids) {
      body(pool[start..<end], id)
      start = end
    }
  }

  /// The slot that holds this token, or the empty one where it belongs.
  private func slot(of text: [UInt8], _ range: Range<Int>, _ hash: UInt64) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while let entry = entry(at: slot) {
      if slots[slot] >> 32 == hash >> 32, matches(entry, text, range) { return slot }
      slot = (slot + 1) & mask
    }
    return slot
  }

  private func entry(at slot: Int) -> Int? {
    let content = slots[slot]
    return content == 0 ? nil : Int(content & 0xFFFF_FFFF) - 1
  }

  private static func content(_ hash: UInt64, entry: Int) -> UInt64 {
    hash & 0xFFFF_FFFF_0000_0000 | UInt64(entry + 1)
  }

  private func matches(_ entry: Int, _ text: [UInt8], _ range: Range<Int>) -> Bool {
    let start = entry == 0 ? 0 : ends[entry - 1]
    guard ends[entry] - start == range.count else { return false }
    for offset in 0..<range.count where pool[start + offset] != text[range.lowerBound + offset] {
      return false
    }
    return true
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: slots.count * 2)
    var start = 0
    for (entry, end) in ends.enumerated() {
      let hash = Self.hash(pool, start..<end)
      slots[slot(of: pool, start..<end, hash)] = Self.content(hash, entry: entry)
      start = end
    }
  }

  /// FNV-1a, finished so that all bits depend on all bytes.
  private static func hash(_ text: [UInt8], _ range: Range<Int>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in range { hash = (hash ^ UInt64(text[index])) &* 0x100_0000_01B3 }
    hash = (hash ^ hash >> 32) &* 0x9E37_79B9_7F4A_7C15
    return hash ^ hash >> 29
  }
}
