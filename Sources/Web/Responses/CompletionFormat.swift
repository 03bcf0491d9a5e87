import Inference
import OrderedCollections
import OrderedJSON

/// Choices of `/v1/completions`.
struct CompletionFormat: AnswerFormat {
  let tokens: TokenFormat
  /// The prompts' texts where the client asked for an echo, else empty.
  let echoes: [String]
  /// Answers per prompt: choices are numbered prompt by prompt.
  let choiceCount: Int

  var objectName: String { "text_completion" }
  var chunkObjectName: String { "text_completion" }

  func openingChoice(index: Int) -> JSON? {
    let echo = echo(index)
    guard !echo.isEmpty else { return nil }
    return choice(index: index, text: echo, logprobs: .null, reason: .null)
  }

  func deltaChoice(index: Int, text: String, tokens: [GeneratedToken], textOffset: Int) -> JSON {
    choice(index: index, text: text, logprobs: logprobs(tokens, from: textOffset), reason: .null)
  }

  func endingChoice(index: Int, reason: FinishReason) -> JSON {
    choice(index: index, text: "", logprobs: .null, reason: .string(reason.rawValue))
  }

  func choice(index: Int, text: String, tokens: [GeneratedToken], reason: FinishReason) -> JSON {
    choice(
      index: index,
      text: echo(index) + text,
      logprobs: logprobs(tokens, from: 0),
      reason: .string(reason.rawValue)
    )
  }

  private func echo(_ index: Int) -> String {
    let prompt = index / choiceCount
    return echoes.indices.contains(prompt) ? echoes[prompt] : ""
  }

  private func choice(index: Int, text: String, logprobs: JSON, reason: JSON) -> JSON {
    [
      "index": .integer(index),
      "text": .string(text),
      "logprobs": logprobs,
      "finish_reason": reason,
    ]
  }

  /// Four parallel arrays; offsets count Unicode scalars from the start of the answer, as Python counts.
  private func logprobs(_ tokens: [GeneratedToken], from textOffset: Int) -> JSON {
    guard self.tokens.isWanted else { return .null }
    let texts = tokens.map { self.tokens.text($0.id) }
    var offset = textOffset
    let offsets = texts.map { text in
      defer { offset += text.unicodeScalars.count }
      return JSON.integer(offset)
    }
    return [
      "tokens": .array(texts.map(JSON.string)),
      "token_logprobs": .array(tokens.map { self.tokens.number($0.logprob) }),
      "top_logprobs": .array(tokens.map(alternatives)),
      "text_offset": .array(offsets),
    ]
  }

  /// The likeliest tokens by text; of two with one text the likelier is kept, as it comes first.
  private func alternatives(_ token: GeneratedToken) -> JSON {
    var members: JSON.Object = [:]
    for alternative in token.topLogprobs {
      let text = tokens.text(alternative.id)
      if members[text] == nil { members[text] = tokens.number(alternative.logprob) }
    }
    return .object(members)
  }
}
