import Inference
import OrderedJSON

/// Choices of `/v1/chat/completions`.
struct ChatFormat: AnswerFormat {
  let tokens: TokenFormat

  var objectName: String { "chat.completion" }
  var chunkObjectName: String { "chat.completion.chunk" }

  func openingChoice(index: Int) -> JSON? {
    .object(streamedChoice(index: index, delta: ["role": "assistant", "content": ""]))
  }

  func deltaChoice(index: Int, text: String, tokens: [GeneratedToken], textOffset: Int) -> JSON {
    let choice = streamedChoice(
      index: index,
      delta: ["content": .string(text)],
      logprobs: logprobs(tokens)
    )
    return self.tokens.addIDs(of: tokens, to: choice)
  }

  func endingChoice(index: Int, reason: FinishReason) -> JSON {
    .object(streamedChoice(index: index, delta: [:], reason: .string(reason.rawValue)))
  }

  func choice(index: Int, text: String, tokens: [GeneratedToken], reason: FinishReason) -> JSON {
    let choice: JSON.Object = [
      "index": .integer(index),
      "message": ["role": "assistant", "content": .string(text), "refusal": .null],
      "logprobs": logprobs(tokens),
      "finish_reason": .string(reason.rawValue),
    ]
    return self.tokens.addIDs(of: tokens, to: choice)
  }

  private func streamedChoice(
    index: Int,
    delta: JSON,
    logprobs: JSON = .null,
    reason: JSON = .null
  ) -> JSON.Object {
    [
      "index": .integer(index),
      "delta": delta,
      "logprobs": logprobs,
      "finish_reason": reason,
    ]
  }

  private func logprobs(_ tokens: [GeneratedToken]) -> JSON {
    guard self.tokens.wantsLogprobs else { return .null }
    let content = tokens.map { token in
      var members = describe(token.id, token.logprob)
      members["top_logprobs"] = .array(
        token.topLogprobs.map { .object(describe($0.id, $0.logprob)) }
      )
      return JSON.object(members)
    }
    return ["content": .array(content), "refusal": .null]
  }

  private func describe(_ id: Int32, _ logprob: Float?) -> JSON.Object {
    [
      "token": .string(tokens.text(id)),
      "logprob": tokens.number(logprob),
      "bytes": .array(tokens.generator.bytes(of: id).map { .integer(Int($0)) }),
    ]
  }
}
