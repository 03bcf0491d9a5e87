/// The tokens of a vocabulary by id, in one byte pool.
struct TokenList: Sendable {
  private var pool: [UInt8] = []
  private var ranges: [Range<Int>?]

  /// One more than the highest id.
  var count: Int { ranges.count }

  /// All tokens of a vocabulary and the tokens added to it, which count where both have an id.
  ///
  /// - Throws: if ids are so much higher than the number of tokens that a list of them would waste
  ///   memory.
  init(_ vocabulary: TokenTable, _ added: AddedVocabulary) throws(TokenizerError) {
    let entryCount = vocabulary.count + added.tokens.count
    let highest = max(vocabulary.highestID, added.tokens.map(\.id).max() ?? -1)
    guard Int(highest) < 4 * entryCount + 65_536 else {
      throw .invalid(
        key: "model.vocab",
        reason: "has \(entryCount) tokens, but ids up to \(highest)"
      )
    }
    ranges = Array(repeating: nil, count: Int(highest) + 1)
    vocabulary.forEach { token, id in insert(token, id: id) }
    for (id, spelling) in added.spellings { insert(spelling[...], id: id) }
  }

  /// The bytes of the token with this id, or nil if there is none.
  subscript(id: Int32) -> [UInt8]? {
    guard id >= 0, id < ranges.count, let range = ranges[Int(id)] else { return nil }
    return Array(pool[range])
  }

  private mutating func insert(_ token: ArraySlice<UInt8>, id: Int32) {
    let start = pool.count
    pool.append(contentsOf: token)
    ranges[Int(id)] = start..<pool.count
  }
}
