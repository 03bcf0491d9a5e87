import Inference
import OrderedCollections
import OrderedJSON

/// Choices of `/v1/chat/completions`.
struct ChatFormat: AnswerFormat {
  let tokens: TokenFormat

  var objectName: String { "chat.completion" }
  var chunkObjectName: String { "chat.completion.chunk" }

  func openingChoice(index: Int) -> JSON? {
    streamedChoice(index: index, delta: ["role": "assistant", "content": ""], logprobs: .null)
  }

  func deltaChoice(index: Int, text: String, tokens: [GeneratedToken], textOffset: Int) -> JSON {
    streamedChoice(index: index, delta: ["content": .string(text)], logprobs: logprobs(tokens))
  }

  func endingChoice(index: Int, reason: FinishReason) -> JSON {
    streamedChoice(index: index, delta: [:], logprobs: .null, reason: .string(reason.rawValue))
  }

  func choice(index: Int, text: String, tokens: [GeneratedToken], reason: FinishReason) -> JSON {
    [
      "index": .integer(index),
      "message": ["role": "assistant", "content": .string(text), "refusal": .null],
      "logprobs": logprobs(tokens),
      "finish_reason": .string(reason.rawValue),
    ]
  }

  private func streamedChoice(
    index: Int,
    delta: JSON,
    logprobs: JSON,
    reason: JSON = .null
  ) -> JSON {
    [
      "index": .integer(index),
      "delta": delta,
      "logprobs": logprobs,
      "finish_reason": reason,
    ]
  }

  private func logprobs(_ tokens: [GeneratedToken]) -> JSON {
    guard self.tokens.isWanted else { return .null }
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
