import Telemetry

extension EngineMetrics {
  /// Where a request's time goes, in seconds.
  struct Latencies: Sendable {
    let firstToken: Histogram
    let interToken: Histogram
    let perOutputToken: Histogram
    let total: Histogram
    let queue: Histogram
    let inference: Histogram
    let prefill: Histogram
    let decode: Histogram
    let step: Histogram

    init(_ registry: MetricRegistry) {
      func histogram(_ name: String, _ help: String, _ aliases: [String]) -> Histogram {
        registry.histogram(
          "plimsoll_\(name)_seconds",
          help: help,
          bounds: Histogram.decades(from: 0.0001, through: 1000),
          aliases: aliases.map { "vllm:\($0)_seconds" }
        )
      }
      firstToken = histogram(
        "time_to_first_token",
        "From arrival to the first token",
        ["time_to_first_token"]
      )
      interToken = histogram(
        "inter_token_latency",
        "Between two tokens of a choice",
        ["inter_token_latency", "time_per_output_token"]
      )
      perOutputToken = histogram(
        "request_time_per_output_token",
        "Mean time per token of a choice after its first",
        ["request_time_per_output_token"]
      )
      total = histogram(
        "e2e_request_latency",
        "From arrival to the last token",
        ["e2e_request_latency"]
      )
      queue = histogram(
        "request_queue_time",
        "From arrival to the first step that worked on it",
        ["request_queue_time"]
      )
      inference = histogram(
        "request_inference_time",
        "From the first step to the last token",
        ["request_inference_time"]
      )
      prefill = histogram(
        "request_prefill_time",
        "From the first step to the first token",
        ["request_prefill_time"]
      )
      decode = histogram(
        "request_decode_time",
        "From the first token to the last",
        ["request_decode_time"]
      )
      step = histogram("step_duration", "Duration of an engine step", [])
    }
  }

  /// How large requests and steps are, mostly in tokens.
  struct Sizes: Sendable {
    let prompt: Histogram
    let answer: Histogram
    let maximumAnswer: Histogram
    let computedPrompt: Histogram
    let choices: Histogram
    let preemptions: Histogram
    let step: Histogram

    init(_ registry: MetricRegistry, maximumModelLength: Int) {
      func histogram(
        _ name: String,
        _ help: String,
        _ alias: String,
        through largest: Int
      ) -> Histogram {
        registry.histogram(
          "plimsoll_\(name)",
          help: help,
          bounds: Histogram.decades(from: 1, through: Double(largest)),
          aliases: ["vllm:\(alias)"]
        )
      }
      prompt = histogram(
        "request_prompt_tokens",
        "Tokens of a prompt",
        "request_prompt_tokens",
        through: maximumModelLength
      )
      answer = histogram(
        "request_generation_tokens",
        "Tokens of an answer",
        "request_generation_tokens",
        through: maximumModelLength
      )
      maximumAnswer = histogram(
        "request_max_tokens",
        "Tokens that a request allows its answer",
        "request_params_max_tokens",
        through: maximumModelLength
      )
      computedPrompt = histogram(
        "request_prefill_computed_tokens",
        "Prompt tokens that were not found in the prefix cache",
        "request_prefill_kv_computed_tokens",
        through: maximumModelLength
      )
      choices = histogram(
        "request_choices",
        "Choices asked for",
        "request_params_n",
        through: 100
      )
      preemptions = histogram(
        "request_preemptions",
        "How often a request was preempted",
        "request_num_preemptions",
        through: 100
      )
      step = histogram(
        "step_tokens",
        "Rows of a step",
        "iteration_tokens_total",
        through: 10_000
      )
    }
  }
}
