import Scheduling
import Telemetry

/// How full the engine is.
package struct EngineStatistics: Sendable, Hashable {
  /// Sequences that hold KV blocks.
  package let runningCount: Int
  package let waitingCount: Int
  /// Share of the KV blocks in use, 0...1.
  package let blockUsage: Double
}

/// What the engine tells Prometheus: under our prefix, and under vLLM's names for dashboards that know those.
///
/// Time buckets follow 1-2-5 from 0.1 ms, as small models on a fast machine answer in single milliseconds.
struct EngineMetrics: Sendable {
  /// Why a request ended without its answer.
  enum Abortion: String, CaseIterable, Sendable {
    case cancelled
    case expired
    case aborted
  }

  private let running: Gauge
  private let waiting: Gauge
  private let blockUsage: Gauge
  private let promptTokens: Counter
  private let generatedTokens: Counter
  private let preemptions: Counter
  private let prefixQueries: Counter
  private let prefixHits: Counter
  private let ends: [FinishReason: Counter]
  private let abortions: [Abortion: Counter]
  private let refusals: [Admission.Refusal.Reason: Counter]
  private let latencies: Latencies
  private let sizes: Sizes
  /// Nil where steps are never browned out.
  let brownout: BrownoutMetrics?

  init(_ registry: MetricRegistry, maximumModelLength: Int, isBrownable: Bool = false) {
    running = registry.gauge(
      "plimsoll_requests_running",
      help: "Sequences that hold KV blocks",
      aliases: ["vllm:num_requests_running"]
    )
    waiting = registry.gauge(
      "plimsoll_requests_waiting",
      help: "Sequences that wait for a seat",
      aliases: ["vllm:num_requests_waiting"]
    )
    blockUsage = registry.gauge(
      "plimsoll_kv_cache_usage_ratio",
      help: "Share of the KV blocks in use",
      aliases: ["vllm:kv_cache_usage_perc"]
    )
    promptTokens = registry.counter(
      "plimsoll_prompt_tokens_total",
      help: "Prompt tokens of served requests",
      aliases: ["vllm:prompt_tokens_total"]
    )
    generatedTokens = registry.counter(
      "plimsoll_generation_tokens_total",
      help: "Generated tokens",
      aliases: ["vllm:generation_tokens_total"]
    )
    preemptions = registry.counter(
      "plimsoll_preemptions_total",
      help: "Sequences that lost their blocks and were recomputed",
      aliases: ["vllm:num_preemptions_total"]
    )
    prefixQueries = registry.counter(
      "plimsoll_prefix_cache_queries_total",
      help: "Tokens looked for in the prefix cache",
      aliases: ["vllm:prefix_cache_queries_total"]
    )
    prefixHits = registry.counter(
      "plimsoll_prefix_cache_hits_total",
      help: "Tokens found in the prefix cache",
      aliases: ["vllm:prefix_cache_hits_total"]
    )
    ends = Self.counters(FinishReason.allCases) { reason in
      registry.counter(
        "plimsoll_request_success_total",
        help: "Choices that were answered",
        labels: ["finished_reason": reason.rawValue],
        aliases: ["vllm:request_success_total"]
      )
    }
    abortions = Self.counters(Abortion.allCases) { cause in
      registry.counter(
        "plimsoll_request_aborts_total",
        help: "Requests that ended without their answer",
        labels: ["cause": cause.rawValue]
      )
    }
    refusals = Self.counters(Admission.Refusal.Reason.allCases) { reason in
      registry.counter(
        "plimsoll_admission_rejections_total",
        help: "Requests turned away before any work",
        labels: ["reason": reason.rawValue],
        aliases: ["vllm:admission_rejections_total"]
      )
    }
    latencies = Latencies(registry)
    sizes = Sizes(registry, maximumModelLength: maximumModelLength)
    brownout = isBrownable ? BrownoutMetrics(registry) : nil
  }

  /// Gauges that are read when somebody asks.
  static func registerLive(
    _ registry: MetricRegistry,
    _ desk: AdmissionDesk,
    _ progress: EngineProgress
  ) {
    registry.gauge(
      "plimsoll_requests_admitted",
      help: "Requests in the house: reserved, waiting or running",
      reading: { Double(desk.requestCount) }
    )
    registry.gauge(
      "plimsoll_engine_healthy",
      help: "0 while there is work and no step ends, otherwise 1",
      aliases: ["vllm:engine_healthy"],
      reading: {
        if case .stalled = progress.health(at: .now) { 0 } else { 1 }
      }
    )
  }

  private static func counters<Key: Hashable>(
    _ keys: [Key],
    _ make: (Key) -> Counter
  ) -> [Key: Counter] {
    Dictionary(uniqueKeysWithValues: keys.map { ($0, make($0)) })
  }

  var statistics: EngineStatistics {
    EngineStatistics(
      runningCount: Int(running.value),
      waitingCount: Int(waiting.value),
      blockUsage: blockUsage.value
    )
  }

  func noteRefusal(_ refusal: Admission.Refusal) { refusals[refusal.reason]?.add() }

  func noteAbortion(_ cause: Abortion) { abortions[cause]?.add() }

  func noteArrival(_ request: GenerationRequest, maximumTokenCount: Int) {
    promptTokens.add(Double(request.prompt.count))
    sizes.prompt.observe(Double(request.prompt.count))
    sizes.choices.observe(Double(request.choiceCount))
    sizes.maximumAnswer.observe(Double(maximumTokenCount))
  }

  func observeStep(_ plan: StepPlan, duration: Duration) {
    latencies.step.observe(duration / .seconds(1))
    sizes.step.observe(Double(plan.load.rowCount))
    preemptions.add(Double(plan.preempted.count))
    for start in plan.starts {
      prefixQueries.add(Double(start.tokenCount))
      prefixHits.add(Double(start.cachedTokenCount))
    }
  }

  func observeState(_ scheduler: Scheduler) {
    running.set(Double(scheduler.runningCount))
    waiting.set(Double(scheduler.waitingCount))
    blockUsage.set(scheduler.blockUsage)
  }

  func observeToken(of choice: inout Choice, arrival: Duration, at now: Duration) {
    generatedTokens.add()
    if let latest = choice.latestTokenTime {
      latencies.interToken.observe((now - latest) / .seconds(1))
    } else {
      latencies.firstToken.observe((now - arrival) / .seconds(1))
    }
    choice.noteToken(at: now)
  }

  func noteEnd(of choice: Choice, _ reason: FinishReason) {
    ends[reason]?.add()
    sizes.answer.observe(Double(choice.tokenCount))
    if let first = choice.firstTokenTime, let latest = choice.latestTokenTime, choice.tokenCount > 1
    {
      let mean = (latest - first) / .seconds(1) / Double(choice.tokenCount - 1)
      latencies.perOutputToken.observe(mean)
    }
  }

  func noteEnd(of generation: Generation, _ usage: Usage) {
    sizes.preemptions.observe(Double(generation.preemptionCount))
    sizes.computedPrompt.observe(Double(usage.promptTokens - usage.cachedPromptTokens))
    latencies.queue.observe(usage.queueTime / .seconds(1))
    latencies.total.observe(usage.totalTime / .seconds(1))
    latencies.inference.observe((usage.totalTime - usage.queueTime) / .seconds(1))
    latencies.prefill.observe((usage.timeToFirstToken - usage.queueTime) / .seconds(1))
    latencies.decode.observe((usage.totalTime - usage.timeToFirstToken) / .seconds(1))
  }
}
