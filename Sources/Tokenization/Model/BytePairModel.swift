/// Byte pair encoding: characters to tokens, joined pair by pair in the order learnt.
///
/// After Sennrich, Haddow and Birch 2016, section 3.2.
struct BytePairModel: Sendable {
  let vocabulary: TokenTable
  let merges: MergeTable
  /// What stands for characters outside the vocabulary; nil drops them.
  let unknownToken: Int32?
  /// Joins neighbouring unknown characters into one unknown token.
  let fusesUnknown: Bool
  /// The tokens `<0x00>`…`<0xFF>` that spell unknown characters, by byte; nil without byte
  /// fallback.
  let byteTokens: [Int32?]?
  /// Takes a piece that is a token whole, whatever the merges would make of it (Llama 3).
  let ignoresMerges: Bool
  /// Ids of the single characters below U+0800, -1 where there is none: most lookups, without
  /// hashing.
  private let shortCharacters: [Int32]

  init(
    vocabulary: TokenTable,
    merges: MergeTable,
    unknownToken: Int32?,
    fusesUnknown: Bool,
    byteTokens: [Int32?]?,
    ignoresMerges: Bool
  ) {
    self.vocabulary = vocabulary
    self.merges = merges
    self.unknownToken = unknownToken
    self.fusesUnknown = fusesUnknown
    self.byteTokens = byteTokens
    self.ignoresMerges = ignoresMerges
    shortCharacters = (0..<0x800 as Range<UInt32>).map { value in
      guard let scalar = Unicode.Scalar(value) else { return -1 }
      return vocabulary.id(of: Array(String(scalar).utf8)) ?? -1
    }
  }

  /// Appends the tokens of one piece of text.
  ///
  /// The queue is working memory, kept between pieces so that encoding does not allocate for each.
  ///
  /// - Complexity: O(n log n) in the length of the piece.
  func encode(
    _ text: [UInt8],
    _ piece: Range<Int>,
    using queue: inout MergeQueue,
    into ids: inout [Int32]
  ) {
    if ignoresMerges, let id = vocabulary.id(of: text, piece) {
      ids.append(id)
      return
    }
    queue.removeAll()
    appendCharacters(of: text, piece, to: &queue)
    queue.mergeAll(by: merges)
    queue.appendTokens(to: &ids)
  }

  /// The piece's characters as tokens: known ones, else their bytes, else the unknown token.
  ///
  /// An unknown token is held back until a *known* character follows, so bytes overtake it; that
  /// order is the tokenizers package's.
  private func appendCharacters(of text: [UInt8], _ piece: Range<Int>, to queue: inout MergeQueue) {
    var pendingUnknown: Int32?
    var index = piece.lowerBound
    while index < piece.upperBound {
      let (value, length) = text.scalar(at: index)
      let character = index..<index + length
      index += length
      if let id = id(ofCharacter: value, text, character) {
        if let unknown = pendingUnknown { queue.append(unknown) }
        pendingUnknown = nil
        queue.append(id)
      } else if let bytes = fallback(text, character) {
        for id in bytes { queue.append(id) }
      } else if let unknownToken {
        if let unknown = pendingUnknown, !fusesUnknown { queue.append(unknown) }
        pendingUnknown = unknownToken
      }
    }
    if let unknown = pendingUnknown { queue.append(unknown) }
  }

  private func id(ofCharacter value: UInt32, _ text: [UInt8], _ range: Range<Int>) -> Int32? {
    guard value < 0x800 else { return vocabulary.id(of: text, range) }
    let id = shortCharacters[Int(value)]
    return id < 0 ? nil : id
  }

  private func fallback(_ text: [UInt8], _ character: Range<Int>) -> [Int32]? {
    guard let byteTokens else { return nil }
    var ids: [Int32] = []
    for byte in text[character] {
      guard let id = byteTokens[Int(byte)] else { return nil }
      ids.append(id)
    }
    return ids
  }
}
