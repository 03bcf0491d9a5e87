import OrderedCollections
package import OrderedJSON

/// What a chat template sees: the conversation, the model's special tokens, and the client's own arguments.
package struct ChatTemplateContext: Sendable {
  /// The messages as the client sent them.
  package var messages: [JSON]
  /// The tools that the model may call; `none` in the template when nil.
  package var tools: JSON?
  /// Documents to answer from; `none` in the template when nil.
  package var documents: JSON?
  /// Whether the prompt ends with the opening of the assistant's turn.
  package var addGenerationPrompt: Bool
  /// The tokens of the tokenizer's configuration by name: `bos_token`, `eos_token`.
  package var specialTokens: [String: String]
  /// The request's `chat_template_kwargs`, as `enable_thinking`; they win over `specialTokens`.
  package var arguments: JSON.Object
  /// The time that `strftime_now` shows.
  package var now: CalendarTime

  package init(
    messages: [JSON],
    tools: JSON? = nil,
    documents: JSON? = nil,
    addGenerationPrompt: Bool = true,
    specialTokens: [String: String] = [:],
    arguments: JSON.Object = [:],
    now: CalendarTime = CalendarTime(secondsSince1970: 0)
  ) {
    self.messages = messages
    self.tools = tools
    self.documents = documents
    self.addGenerationPrompt = addGenerationPrompt
    self.specialTokens = specialTokens
    self.arguments = arguments
    self.now = now
  }

  var variables: [String: Value] {
    var variables = specialTokens.mapValues { Value.string(Text($0)) }
    for (name, value) in arguments { variables[name] = Value(value) }
    variables["messages"] = Value(.array(messages))
    variables["tools"] = Value(tools ?? .null)
    variables["documents"] = Value(documents ?? .null)
    variables["add_generation_prompt"] = .bool(addGenerationPrompt)
    return variables
  }
}
