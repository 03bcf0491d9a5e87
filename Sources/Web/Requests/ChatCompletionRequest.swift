import Inference
import OrderedJSON

/// The body of `POST /v1/chat/completions`, checked.
struct ChatCompletionRequest {
  let chat: ChatInput
  let fields: SamplingFields
  let unknownNames: [String]

  init(
    _ reader: consuming RequestFields,
    defaults: SamplingParameters,
    bounds: SamplingFields.Bounds
  ) throws(APIFault) {
    var reader = reader
    reader.ignore("model")
    try reader.refuseUnimplementedFields()
    try reader.refuseUnimplementedChatFields()
    chat = try ChatInput(&reader)
    var fields = try reader.samplingFields(defaults: defaults, bounds: bounds)
    let wantsLogprobs = try reader.bool("logprobs") ?? false
    let topCount = try reader.integer(
      "top_logprobs",
      in: 0...SamplingFields.Bounds.chatLogprobCount
    )
    if let topCount, topCount > 0, !wantsLogprobs {
      throw .invalidField("top_logprobs", problem: "is allowed only with 'logprobs': true")
    }
    fields.sampling.logprobCount = wantsLogprobs ? topCount ?? 0 : nil
    self.fields = fields
    unknownNames = reader.unknownNames
  }
}

/// What a chat template renders: messages and how to end them.
struct ChatInput {
  let messages: [JSON]
  let addsGenerationPrompt: Bool
  /// Whether the answer continues the text of the last message instead of starting a new one.
  let continuesFinalMessage: Bool
  /// Further variables for the template.
  let templateVariables: JSON.Object

  init(_ reader: inout RequestFields) throws(APIFault) {
    guard let messages = try reader.array("messages") else { throw .missingField("messages") }
    self.messages = try ChatMessages.parse(messages)
    continuesFinalMessage = try reader.bool("continue_final_message") ?? false
    addsGenerationPrompt = try reader.bool("add_generation_prompt") ?? !continuesFinalMessage
    if continuesFinalMessage, addsGenerationPrompt {
      throw .invalidField(
        "continue_final_message",
        problem: "cannot be combined with 'add_generation_prompt': true"
      )
    }
    templateVariables = try reader.object("chat_template_kwargs") ?? [:]
  }
}
