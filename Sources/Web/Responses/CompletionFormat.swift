import Inference
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
    return .object(choice(index: index, text: echo))
  }

  func deltaChoice(index: Int, text: String, tokens: [GeneratedToken], textOffset: Int) -> JSON {
    let choice = choice(index: index, text: text, logprobs: logprobs(tokens, from: textOffset))
    return self.tokens.addIDs(of: tokens, to: choice)
  }

  func endingChoice(index: Int, reason: FinishReason) -> JSON {
    .object(choice(index: index, text: "", reason: .string(reason.rawValue)))
  }

  func choice(index: Int, text: String, tokens: [GeneratedToken], reason: FinishReason) -> JSON {
    let choice = choice(
      index: index,
      text: echo(index) + text,
      logprobs: logprobs(tokens, from: 0),
      reason: .string(reason.rawValue)
    )
    return self.tokens.addIDs(of: tokens, to: choice)
  }

  private func echo(_ index: Int) -> String {
    let prompt = index / choiceCount
    return echoes.indices.contains(prompt) ? echoes[prompt] : ""
  }

  private func choice(
    index: Int,
    text: String,
    logprobs: JSON = .null,
    reason: JSON = .null
  ) -> JSON.Object {
    [
      "index": .integer(index),
      "text": .string(text),
      "logprobs": logprobs,
      "finish_reason": reason,
    ]
  }

  /// Four parallel arrays; offsets count Unicode scalars from the start of the answer, as Python counts.
  private func logprobs(_ tokens: [GeneratedToken], from textOffset: Int) -> JSON {
    guard self.tokens.wantsLogprobs else { return .null }
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

  /// The likeliest tokens by text, and the chosen one if it is not among them, as OpenAI's API promises.
  ///
  /// Of two tokens with one text the likelier is kept, as it comes first.
  private func alternatives(_ token: GeneratedToken) -> JSON {
    var members: JSON.Object = [:]
    for alternative in token.topLogprobs {
      let text = tokens.text(alternative.id)
      if members[text] == nil { members[text] = tokens.number(alternative.logprob) }
    }
    let chosen = tokens.text(token.id)
    if members[chosen] == nil { members[chosen] = tokens.number(token.logprob) }
    return .object(members)
  }
}
