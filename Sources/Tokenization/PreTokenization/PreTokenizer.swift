/// One step that cuts text into the pieces between which the model never merges.
///
/// The pre-tokenizers of tokenizer.json reduce to four steps: `Digits`, `Punctuation` and the white
/// space ones are splits, `ByteLevel` is a space in front, a split and the change of alphabet.
enum PreTokenizer: Sendable {
  case split(Pattern, SplitBehavior, isInverted: Bool)
  /// A space in front of each piece that has none.
  case prefixSpace
  /// Each byte as a character of ``ByteAlphabet``.
  case byteAlphabet
  case metaspace(Metaspace)

  func apply(to list: inout PieceList) {
    switch self {
    case .split(let pattern, let behavior, let isInverted):
      list.split(pattern, behavior, isInverted: isInverted)
    case .prefixSpace:
      list.rewrite { text, piece, output in
        if text[piece.lowerBound] != UInt8(ascii: " ") { output.append(UInt8(ascii: " ")) }
        output.append(contentsOf: text[piece])
      }
    case .byteAlphabet:
      list.rewrite { text, piece, output in ByteAlphabet.append(text[piece], to: &output) }
    case .metaspace(let metaspace): metaspace.apply(to: &list)
    }
  }
}

/// SentencePiece's visible space: spaces become `replacement`, and words are cut before it.
struct Metaspace: Sendable {
  let replacement: [UInt8]
  let prependScheme: PrependScheme
  /// Cuts before each replacement, or nil if pieces stay whole.
  let cut: Pattern?

  /// Which pieces get a replacement in front if they have none.
  enum PrependScheme: String, Sendable {
    case always, first, never
  }

  func apply(to list: inout PieceList) {
    let beginsOriginal = list.beginsOriginal
    list.rewrite { text, piece, output in
      let isFirst = beginsOriginal && piece.lowerBound == 0
      let startsMarked =
        text[piece].starts(with: replacement) || text[piece.lowerBound] == UInt8(ascii: " ")
      if !startsMarked, prependScheme == .always || prependScheme == .first && isFirst {
        output.append(contentsOf: replacement)
      }
      for byte in text[piece] {
        if byte == UInt8(ascii: " ") {
          output.append(contentsOf: replacement)
        } else {
          output.append(byte)
        }
      }
    }
    if let cut { list.split(cut, .mergedWithNext, isInverted: false) }
  }
}
