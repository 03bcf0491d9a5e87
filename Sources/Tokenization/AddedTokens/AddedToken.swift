/// A token that is found in the text as a whole, before the model sees the rest.
struct AddedToken: Sendable {
  let content: String
  let id: Int32
  /// Matches only where no word character touches it.
  let isSingleWord: Bool
  /// Takes the white space on its left along.
  let stripsLeft: Bool
  /// Takes the white space on its right along.
  let stripsRight: Bool
  /// Is looked for, in its normalised form, after normalisation instead of before.
  let isNormalized: Bool
  let isSpecial: Bool
}

extension AddedToken {
  /// The `added_tokens` of a tokenizer.json.
  ///
  /// Ids follow the tokenizers package: a token that the model knows has the model's id, others are
  /// numbered from the vocabulary's size upward in their order. An `id` that says otherwise is
  /// refused.
  static func list(
    _ root: TokenizerField,
    vocabulary: TokenTable
  ) throws(TokenizerError) -> [AddedToken] {
    var tokens: [AddedToken] = []
    var ids = TokenTable()
    var next = Int32(vocabulary.count)
    for field in try root.optional("added_tokens")?.array() ?? [] {
      try field.allowOnly([
        "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special",
      ])
      let content = try field.required("content").string()
      let bytes = Array(content.utf8)
      if bytes.isEmpty { continue }
      let known = vocabulary.id(of: bytes) ?? ids.id(of: bytes)
      let id = known ?? next
      if known == nil { next += 1 }
      let declared = try field.required("id").count()
      guard declared == Int(id) else {
        throw .invalid(
          key: "\(field.path).id",
          reason: "is \(declared), but this token's place is \(id)"
        )
      }
      ids.insert(bytes, id: id)
      tokens.append(try AddedToken(field, content: content, id: id))
    }
    return tokens
  }

  private init(
    _ field: TokenizerField,
    content: String,
    id: Int32
  ) throws(TokenizerError) {
    self.content = content
    self.id = id
    isSingleWord = try field.required("single_word").bool()
    stripsLeft = try field.required("lstrip").bool()
    stripsRight = try field.required("rstrip").bool()
    isNormalized = try field.required("normalized").bool()
    isSpecial = try field.required("special").bool()
  }
}
