import Inference
import OrderedJSON

/// How one route writes its choices; chat and legacy completions differ in nothing else.
protocol AnswerFormat: Sendable {
  /// The `object` member of a whole answer and of a chunk.
  var objectName: String { get }
  var chunkObjectName: String { get }
  var tokens: TokenFormat { get }

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
  /// Whether choices carry log probabilities.
  let wantsLogprobs: Bool
  /// Whether choices carry token ids.
  let wantsIDs: Bool

  /// Whether a piece with tokens but no text yet is worth sending.
  var wantsTokens: Bool { wantsLogprobs || wantsIDs }

  /// Adds the tokens' ids to a choice if they are wanted.
  func addIDs(of tokens: [GeneratedToken], to choice: JSON.Object) -> JSON {
    guard wantsIDs else { return .object(choice) }
    var choice = choice
    choice["token_ids"] = .array(tokens.map { .integer(Int($0.id)) })
    return .object(choice)
  }

  func text(_ id: Int32) -> String { generator.text(of: id) }

  /// OpenAI's floor: minus infinity has no JSON form.
  func number(_ logprob: Float?) -> JSON { .number(Double(max(logprob ?? 0, -9_999))) }
}

extension TextGenerator {
  /// A token's text, with U+FFFD where it holds only part of a character.
  func text(of token: Int32) -> String { String(decoding: bytes(of: token), as: UTF8.self) }
}
