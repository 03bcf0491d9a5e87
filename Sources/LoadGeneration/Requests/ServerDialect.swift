package import OrderedJSON

/// How a server wants to be asked, and how a replayed length reaches its sampler.
package enum ServerDialect: String, Sendable, CaseIterable {
  /// `bench_output_length`, which only the sampler reads, and `service_tier` for the class.
  case plimsoll
  /// `n_predict`, which llama-server's scheduler ignores.
  case llama
  /// `max_tokens` with `ignore_eos`: vLLM's scheduler plans without it, but sees it.
  case vllm
  /// `max_tokens` alone; the model may end sooner.
  case openai

  /// Which server calls itself this in the `owned_by` of its model.
  package init(owner: String?) {
    switch owner {
    case "plimsoll": self = .plimsoll
    case "llamacpp": self = .llama
    case "vllm": self = .vllm
    default: self = .openai
    }
  }

  /// The body of a request whose answer is streamed.
  package func body(
    model: String,
    prompt: Prompt,
    serviceClass: ServiceClass,
    outputTokenCap: Int,
    outputTokenCount: Int
  ) -> JSON.Object {
    var body: JSON.Object = ["model": .string(model)]
    switch prompt {
    case .tokens(let ids): body["prompt"] = .array(ids.map(JSON.integer))
    case .text(let text): body["prompt"] = .string(text)
    }
    switch self {
    case .plimsoll:
      body["max_tokens"] = .integer(outputTokenCap)
      body["bench_output_length"] = .integer(outputTokenCount)
      if !serviceClass.name.isEmpty { body["service_tier"] = .string(serviceClass.name) }
    case .llama:
      body["n_predict"] = .integer(outputTokenCount)
      body["ignore_eos"] = true
      body["cache_prompt"] = true
    case .vllm:
      body["max_tokens"] = .integer(outputTokenCount)
      body["ignore_eos"] = true
    case .openai: body["max_tokens"] = .integer(outputTokenCount)
    }
    // The likeliest token, as vLLM's benchmark asks for: sampling is not what is measured.
    body["temperature"] = 0
    body["stream"] = true
    body["stream_options"] = ["include_usage": true]
    return body
  }
}
