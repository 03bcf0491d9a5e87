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

  /// The ids that decoding leaves out when special tokens are skipped.
  ///
  /// The tokenizers package compares spellings, so a special token that its normaliser changes stays,
  /// and any token that is spelt like a special one goes.
  func skippedIDs(_ vocabulary: TokenTable) -> Set<Int32> {
    var skipped: Set<Int32> = []
    specialContents.forEach { content, _ in
      if let id = vocabulary.id(of: Array(content)), spellings[id] == nil { skipped.insert(id) }
    }
    for (id, spelling) in spellings where specialContents.id(of: spelling) != nil {
      skipped.insert(id)
    }
    return skipped
  }
}
