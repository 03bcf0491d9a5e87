import OrderedJSON

/// The body of `POST /tokenize`: a text or a chat.
struct TokenizeRequest {
  enum Input {
    case text(String, addsSpecialTokens: Bool)
    case chat(ChatInput, addsSpecialTokens: Bool)
  }

  let input: Input
  /// Whether the answer also lists each token's text.
  let wantsTokenTexts: Bool

  init(_ reader: consuming RequestFields) throws(APIFault) {
    var reader = reader
    wantsTokenTexts = try reader.bool("return_token_strs") ?? false
    let addsSpecialTokens = try reader.bool("add_special_tokens")
    if let prompt = try reader.string("prompt") {
      input = .text(prompt, addsSpecialTokens: addsSpecialTokens ?? true)
    } else if reader.value("messages") != nil {
      // A chat template writes the special tokens itself.
      input = .chat(try ChatInput(&reader), addsSpecialTokens: addsSpecialTokens ?? false)
    } else {
      throw .missingField("prompt")
    }
  }
}

/// The body of `POST /detokenize`.
struct DetokenizeRequest {
  let tokens: [Int32]

  init(_ reader: consuming RequestFields, vocabularyCount: Int) throws(APIFault) {
    var reader = reader
    guard reader.value("tokens") != nil else { throw .missingField("tokens") }
    tokens = try reader.tokenIDs(
      "tokens",
      bounds: SamplingFields.Bounds(vocabularyCount: vocabularyCount)
    )
  }
}
