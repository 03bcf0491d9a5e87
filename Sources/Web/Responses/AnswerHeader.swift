import Inference
import OrderedJSON

/// What every body and chunk of one answer repeats.
struct AnswerHeader: Sendable {
  let id: String
  /// Unix seconds.
  let created: Int
  let model: String
  /// The class of service, for requests that asked for one in their body.
  let serviceTier: String?

  func body(object: String, choices: [JSON]) -> JSON.Object {
    var members: JSON.Object = [
      "id": .string(id),
      "object": .string(object),
      "created": .integer(created),
      "model": .string(model),
      "choices": .array(choices),
    ]
    if let serviceTier { members["service_tier"] = .string(serviceTier) }
    return members
  }
}

extension Usage {
  static let zero = Usage(promptTokens: 0, completionTokens: 0)

  static func += (total: inout Usage, part: Usage) {
    total.promptTokens += part.promptTokens
    total.cachedPromptTokens += part.cachedPromptTokens
    total.completionTokens += part.completionTokens
    total.expertPairs += part.expertPairs
    total.unitedExpertPairs += part.unitedExpertPairs
  }

  /// Share of the expert work that united experts did; nil where the engine never browns out.
  var unitedExpertShare: Double? {
    expertPairs == 0 ? nil : Double(unitedExpertPairs) / Double(expertPairs)
  }

  var json: JSON {
    var members: JSON.Object = [
      "prompt_tokens": .integer(promptTokens),
      "completion_tokens": .integer(completionTokens),
      "total_tokens": .integer(promptTokens + completionTokens),
      "prompt_tokens_details": ["cached_tokens": .integer(cachedPromptTokens)],
    ]
    if let share = unitedExpertShare { members["united_expert_share"] = .number(share) }
    return .object(members)
  }
}
