import OrderedJSON

/// Fields of the OpenAI API, and of vLLM's extensions to it, that would change the answer and that this
/// server does not implement: a request that uses one is refused, never answered as if it had not.
extension RequestFields {
  /// Fields of both completion routes.
  mutating func refuseUnimplementedFields() throws(APIFault) {
    for name in [
      "guided_json", "guided_regex", "guided_choice", "guided_grammar", "structured_outputs",
      "prompt_logprobs", "logits_processors", "allowed_token_ids", "bad_words",
      "truncate_prompt_tokens",
    ] {
      try refuse(name)
    }
    try refuse("use_beam_search") { $0.boolValue == false }
    try refuse("response_format") { $0["type"]?.stringValue == "text" }
  }

  /// Fields that exist in chat only.
  mutating func refuseUnimplementedChatFields() throws(APIFault) {
    let isEmpty = { (value: JSON) in value.arrayValue?.isEmpty == true }
    try refuse("tools", unless: isEmpty)
    try refuse("functions", unless: isEmpty)
    for name in ["tool_choice", "function_call"] {
      try refuse(name) { ["none", "auto"].contains($0.stringValue) }
    }
    try refuse("modalities") { $0 == ["text"] }
    try refuse("echo") { $0.boolValue == false }
    for name in [
      "audio", "prediction", "web_search_options", "reasoning_effort", "verbosity", "documents",
      "chat_template",
    ] {
      try refuse(name)
    }
    ignore("parallel_tool_calls")
  }

  /// Fields that exist in legacy completions only.
  mutating func refuseUnimplementedCompletionFields() throws(APIFault) {
    try refuse("suffix") { $0.stringValue == "" }
    try refuse("prompt_embeds")
  }
}
