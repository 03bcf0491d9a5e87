package import OrderedJSON

/// Text to token ids and back, as a Hugging Face tokenizer.json describes it.
///
/// The ids and the text are those of the `tokenizers` package. Encoding goes through added tokens,
/// normalizers, pre-tokenizers, byte pair encoding and the template; decoding through the decoder's
/// steps. The document's `truncation` and `padding` belong to training and are not applied. Copies
/// share one storage.
package struct Tokenizer: Sendable {
  private let storage: Storage

  /// Reads a tokenizer.json document.
  ///
  /// - Throws: ``TokenizerError``, which names the first key that is missing, contradictory or not
  ///   supported.
  package init(json: JSON) throws(TokenizerError) {
    storage = try Storage(TokenizerField(root: json))
  }

  /// Everything a tokenizer.json says, immutable.
  private final class Storage: Sendable {
    let normalizers: [Normalizer]
    let preTokenizers: [PreTokenizer]
    let model: BytePairModel
    let postProcessor: PostProcessor
    let decodingSteps: [DecodingStep]
    let added: AddedVocabulary
    let tokens: TokenList
    let skippedIDs: Set<Int32>

    init(_ root: TokenizerField) throws(TokenizerError) {
      try root.allowOnly([
        "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
        "post_processor", "decoder", "model",
      ])
      if let version = root.optional("version") {
        guard try version.string() == "1.0" else { throw version.unsupported(try version.string()) }
      }
      normalizers = try root.optional("normalizer").map(Normalizer.steps) ?? []
      preTokenizers = try root.optional("pre_tokenizer").map(PreTokenizer.steps) ?? []
      model = try BytePairModel(try root.required("model"))
      postProcessor = try root.optional("post_processor").map(PostProcessor.init) ?? PostProcessor()
      decodingSteps = try DecodingStep.steps(root.optional("decoder"))
      added = try AddedVocabulary(root, vocabulary: model.vocabulary, normalizers: normalizers)
      tokens = try TokenList(model.vocabulary, added)
      skippedIDs = added.skippedIDs(model.vocabulary)
      guard postProcessor.staysBelow(tokens.count) else {
        throw .invalid(key: "post_processor", reason: "adds a token that is not in the vocabulary")
      }
    }
  }
}

// MARK: - Vocabulary

extension Tokenizer {
  /// One more than the highest id, added tokens included.
  package var vocabularyCount: Int { storage.tokens.count }

  /// The id of a token, in the spelling of the vocabulary ("Ġthe", "▁the").
  package func id(of token: String) -> Int32? {
    let bytes = Array(token.utf8)
    return storage.added.ids.id(of: bytes) ?? storage.model.vocabulary.id(of: bytes)
  }

  /// The token with this id in the spelling of the vocabulary, or nil if there is none.
  package func token(for id: Int32) -> String? {
    storage.tokens[id].map { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether an id is an added token declared special, such as the end of text.
  package func isSpecial(_ id: Int32) -> Bool {
    storage.added.specialIDs.contains(id)
  }

  /// The bytes that a token adds to a text in which it is not the first; empty for an unknown id.
  ///
  /// They need not be valid UTF-8: a character may be spread over several tokens.
  package func bytes(of id: Int32) -> [UInt8] {
    guard let token = storage.tokens[id] else { return [] }
    return storage.decodingSteps.bytes(of: token)
  }
}

// MARK: - Encoding and decoding

extension Tokenizer {
  /// The ids of a text, with the template's tokens (a beginning of text) around it if asked for.
  ///
  /// - Complexity: O(n log n) in the longest piece of text, O(n) in the number of pieces.
  package func encode(_ text: String, addSpecialTokens: Bool) -> [Int32] {
    var ids: [Int32] = []
    var queue = MergeQueue()
    let utf8 = Array(text.utf8)
    for section in storage.added.literal.sections(of: utf8) {
      if let token = section.token {
        ids.append(token.id)
      } else {
        let isFirst = section.range.lowerBound == 0
        encodeSection(Array(utf8[section.range]), isFirst: isFirst, using: &queue, into: &ids)
      }
    }
    return addSpecialTokens ? storage.postProcessor.apply(to: ids) : ids
  }

  /// Encodes text between added tokens that are matched as they stand.
  private func encodeSection(
    _ section: [UInt8],
    isFirst: Bool,
    using queue: inout MergeQueue,
    into ids: inout [Int32]
  ) {
    let text = storage.normalizers.reduce(section) { $1.apply(to: $0) }
    for part in storage.added.normalized.sections(of: text) {
      if let token = part.token {
        ids.append(token.id)
        continue
      }
      let isFirst = isFirst && part.range.lowerBound == 0
      var list = PieceList(Array(text[part.range]), beginsOriginal: isFirst)
      for preTokenizer in storage.preTokenizers { preTokenizer.apply(to: &list) }
      for piece in list.pieces {
        storage.model.encode(list.text, piece, using: &queue, into: &ids)
      }
    }
  }

  /// The text of some ids; ids outside the vocabulary are left out.
  package func decode(_ ids: some Sequence<Int32>, skipSpecialTokens: Bool) -> String {
    var detokenizer = StreamingDetokenizer(self, skipSpecialTokens: skipSpecialTokens)
    var text: [UInt8] = []
    for id in ids { text.append(contentsOf: detokenizer.appendBytes(id)) }
    text.append(contentsOf: detokenizer.finishBytes())
    return String(decoding: text, as: UTF8.self)
  }

  /// The steps from tokens to text in the state before the first token.
  var decodingSteps: [DecodingStep] { storage.decodingSteps }

  /// The token to decode for an id, or nil if it is unknown or to be skipped.
  func decodedToken(_ id: Int32, _ skipsSpecialTokens: Bool) -> [UInt8]? {
    skipsSpecialTokens && storage.skippedIDs.contains(id) ? nil : storage.tokens[id]
  }
}
