/// Turns tokens into text as they arrive, never splitting a character.
///
/// The pieces joined are exactly ``Tokenizer/decode(_:skipSpecialTokens:)`` of all tokens: both run
/// the same steps, each of which keeps what a later token could still change. With byte fallback
/// that is a whole run of byte tokens, otherwise at most three bytes.
package struct StreamingDetokenizer: Sendable {
  private let tokenizer: Tokenizer
  private let skipsSpecialTokens: Bool
  private var steps: [DecodingStep]

  package init(_ tokenizer: Tokenizer, skipSpecialTokens: Bool) {
    self.tokenizer = tokenizer
    skipsSpecialTokens = skipSpecialTokens
    steps = tokenizer.decodingSteps
  }

  /// The text that is certain with one more token, perhaps empty.
  ///
  /// - Complexity: amortised O(1) in the number of tokens.
  package mutating func append(_ id: Int32) -> String {
    String(decoding: appendBytes(id), as: UTF8.self)
  }

  /// The rest of the text, in which bytes that no character came of are U+FFFD.
  ///
  /// The next token begins a new text.
  package mutating func finish() -> String {
    String(decoding: finishBytes(), as: UTF8.self)
  }

  mutating func appendBytes(_ id: Int32) -> [UInt8] {
    guard let token = tokenizer.decodedToken(id, skipsSpecialTokens) else { return [] }
    return steps.push(token)
  }

  mutating func finishBytes() -> [UInt8] {
    defer { steps = tokenizer.decodingSteps }
    return steps.finish()
  }
}
