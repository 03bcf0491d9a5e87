import Scheduling
import Telemetry
import Transformer

/// What brownout costs and saves, for Prometheus and for slower levers, which must see the debt behind good latencies.
struct BrownoutMetrics: Sendable {
  private let thresholds: [BrownoutController.Phase: Gauge]
  private let debt: Counter
  private let brownedSeconds: Counter
  private let pairs: Counter
  private let reroutedPairs: Counter
  private let distinctExperts: Histogram

  init(_ registry: MetricRegistry) {
    thresholds = Dictionary(
      uniqueKeysWithValues: BrownoutController.Phase.allCases.map { phase in
        let gauge = registry.gauge(
          "plimsoll_brownout_threshold",
          help: "Share of expert work that stays with the model's own experts",
          labels: ["phase": phase.rawValue]
        )
        gauge.set(1)
        return (phase, gauge)
      }
    )
    debt = registry.counter(
      "plimsoll_brownout_debt_seconds_total",
      help: "Integral over time of one minus the lower threshold"
    )
    brownedSeconds = registry.counter(
      "plimsoll_brownout_seconds_total",
      help: "Time with a threshold below one"
    )
    pairs = registry.counter(
      "plimsoll_expert_pairs_total",
      help: "Pairs of token and expert"
    )
    reroutedPairs = registry.counter(
      "plimsoll_expert_pairs_rerouted_total",
      help: "Pairs of token and expert that united experts served"
    )
    distinctExperts = registry.histogram(
      "plimsoll_step_distinct_experts",
      help: "Experts read in a step, over all layers",
      bounds: [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]
    )
  }

  func observe(_ controller: BrownoutController) {
    thresholds[.prefill]?.set(controller.prefill.threshold)
    thresholds[.decode]?.set(controller.decode.threshold)
    debt.add(max(controller.debt - debt.value, 0))
    brownedSeconds.add(max(controller.brownedDuration / .seconds(1) - brownedSeconds.value, 0))
  }

  func observe(_ counts: ExpertCounts) {
    pairs.add(Double(counts.pairCount))
    reroutedPairs.add(Double(counts.reroutedPairCount))
    distinctExperts.observe(Double(counts.distinctExpertCount))
  }
}
