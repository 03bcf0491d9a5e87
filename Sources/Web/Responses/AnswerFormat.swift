import Inference
import OrderedJSON

/// How one route writes its choices; chat and legacy completions differ in nothing else.
protocol AnswerFormat: Sendable {
  /// The `object` member of a whole answer and of a chunk.
  var objectName: String { get }
  var chunkObjectName: String { get }

  /// The chunk with which a streamed choice begins, if it has one.
  func openingChoice(index: Int) -> JSON?
  /// A streamed piece; `textOffset` is how many characters of the choice came before.
  func deltaChoice(index: Int, text: String, tokens: [GeneratedToken], textOffset: Int) -> JSON
  /// The chunk that ends a streamed choice.
  func endingChoice(index: Int, reason: FinishReason) -> JSON
  /// A whole choice.
  func choice(index: Int, text: String, tokens: [GeneratedToken], reason: FinishReason) -> JSON
}

/// Token texts and log probabilities, as both formats need them.
struct TokenFormat: Sendable {
  let generator: any TextGenerator
  let isWanted: Bool

  /// A token's text, with U+FFFD where it holds only part of a character.
  func text(_ id: Int32) -> String { String(decoding: generator.bytes(of: id), as: UTF8.self) }

  /// OpenAI's floor: minus infinity has no JSON form.
  func number(_ logprob: Float?) -> JSON { .number(Double(max(logprob ?? 0, -9_999))) }
}
