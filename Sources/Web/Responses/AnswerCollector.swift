import Inference
import OrderedJSON

/// Gathers the events of an answer that is sent in one piece.
struct AnswerCollector<Format: AnswerFormat> {
  private struct Choice {
    var text = ""
    var tokens: [GeneratedToken] = []
    var reason: FinishReason?
  }

  private let format: Format
  private let choiceCount: Int
  private var choices: [Choice]
  private var unfinishedPromptCount: Int
  private var usage = Usage.zero

  init(format: Format, promptCount: Int, choiceCount: Int) {
    self.format = format
    self.choiceCount = choiceCount
    choices = Array(repeating: Choice(), count: promptCount * choiceCount)
    unfinishedPromptCount = promptCount
  }

  mutating func add(prompt: Int, event: GenerationEvent) throws(APIFault) {
    switch event {
    case .text(let choice, let text, let tokens):
      choices[prompt * choiceCount + choice].text += text
      choices[prompt * choiceCount + choice].tokens += tokens
    case .finished(let choice, let reason):
      choices[prompt * choiceCount + choice].reason = reason
    case .usage(let part):
      usage += part
      unfinishedPromptCount -= 1
    case .failed(let failure): throw APIFault(failure)
    }
  }

  /// The whole answer's body, once every stream has ended.
  func body(_ header: AnswerHeader) throws(APIFault) -> JSON {
    guard unfinishedPromptCount == 0 else { throw .engineStopped }
    var bodies: [JSON] = []
    for (index, choice) in choices.enumerated() {
      guard let reason = choice.reason else { throw .engineStopped }
      bodies.append(
        format.choice(index: index, text: choice.text, tokens: choice.tokens, reason: reason)
      )
    }
    var members = header.body(object: format.objectName, choices: bodies)
    members["usage"] = usage.json
    return .object(members)
  }
}
