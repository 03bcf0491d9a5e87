/// Identifies what a full KV block holds: its own tokens and, through the chain, all tokens before them.
///
/// 128 bits from two keyed SipHash values; Swift draws the key at random for each process, so nobody can craft a
/// prompt that collides with another's, and an accidental collision is out of reach.
package struct BlockKey: Hashable, Sendable {
  private let high: UInt64
  private let low: UInt64

  private init(hashing feed: (inout Hasher) -> Void) {
    var halves: [2 of Hasher] = [Hasher(), Hasher()]
    for half in halves.indices {
      halves[half].combine(half)
      feed(&halves[half])
    }
    high = UInt64(bitPattern: Int64(halves[0].finalize()))
    low = UInt64(bitPattern: Int64(halves[1].finalize()))
  }

  /// The start of a chain; sequences with different salts never share blocks.
  package init(salt: UInt64) {
    self.init { $0.combine(salt) }
  }

  /// The key of the block that holds `tokens` after everything that `parent` stands for.
  ///
  /// What was computed with united experts, or after such, has keys of its own and is never taken for exact.
  package init(parent: BlockKey, tokens: ArraySlice<Int32>, isBrowned: Bool = false) {
    self.init { hasher in
      hasher.combine(parent)
      if isBrowned { hasher.combine(isBrowned) }
      for token in tokens { hasher.combine(token) }
    }
  }
}
