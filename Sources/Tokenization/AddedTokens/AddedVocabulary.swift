/// The added tokens of a tokenizer, ready to be found in text and left out of it.
struct AddedVocabulary: Sendable {
  let tokens: [AddedToken]
  /// Ids by content.
  private(set) var ids = TokenTable()
  /// Finds the tokens that are matched in the text as it is.
  private(set) var literal = AddedTokenMatcher()
  /// Finds the tokens that are matched, in their normalised form, in normalised text.
  private(set) var normalized = AddedTokenMatcher()
  private(set) var specialIDs: Set<Int32> = []
  private var specialContents = TokenTable()
  /// How each token is spelt when it is decoded: as it was matched.
  private(set) var spellings: [Int32: [UInt8]] = [:]

  init(
    _ root: TokenizerField,
    vocabulary: TokenTable,
    normalizers: [Normalizer]
  ) throws(TokenizerError) {
    tokens = try AddedToken.list(root, vocabulary: vocabulary)
    for token in tokens {
      let content = Array(token.content.utf8)
      ids.insert(content, id: token.id)
      if token.isSpecial {
        specialIDs.insert(token.id)
        specialContents.insert(content, id: token.id)
      }
      if token.isNormalized {
        let pattern = normalizers.reduce(content) { $1.apply(to: $0) }
        spellings[token.id] = pattern
        normalized.insert(token, pattern: pattern)
      } else {
        spellings[token.id] = content
        literal.insert(token, pattern: content)
      }
    }
  }

  /// Whether decoding leaves out a token with this spelling when special tokens are skipped.
  ///
  /// The tokenizers package compares spellings, so a special token that its normaliser changes
  /// stays.
  func isSkipped(_ spelling: [UInt8]) -> Bool {
    specialContents.id(of: spelling) != nil
  }
}
