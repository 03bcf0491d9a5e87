import Scheduling
import Telemetry

extension EngineMetrics {
  /// How one class of service fares.
  struct ClassMetrics: Sendable {
    private let firstToken: Histogram
    private let perOutputToken: Histogram
    private let kept: Counter
    private let missed: Counter

    init(_ registry: MetricRegistry, _ serviceClass: ServiceClass) {
      func histogram(_ name: String, _ help: String) -> Histogram {
        registry.histogram(
          "plimsoll_class_\(name)_seconds",
          help: help,
          bounds: Histogram.decades(from: 0.001, through: 1000),
          labels: ["class": serviceClass.name]
        )
      }
      func promises(_ outcome: String) -> Counter {
        registry.counter(
          "plimsoll_class_promises_total",
          help: "Requests whose class's promise was kept or missed",
          labels: ["class": serviceClass.name, "outcome": outcome]
        )
      }
      firstToken = histogram("time_to_first_token", "From arrival to the first token, by class")
      perOutputToken = histogram("time_per_output_token", "Mean per request, by class")
      kept = promises("kept")
      missed = promises("missed")
    }

    /// Takes in an answer that was given.
    func note(_ usage: Usage, choices: [Choice], _ serviceClass: ServiceClass) {
      firstToken.observe(usage.timeToFirstToken / .seconds(1))
      let slowest = choices.compactMap(\.timePerOutputToken).max()
      if let slowest { perOutputToken.observe(slowest / .seconds(1)) }
      let isPaced = serviceClass.timePerOutputToken.map { (slowest ?? .zero) <= $0 } ?? true
      let promised = serviceClass.timeToFirstToken(promptCount: usage.promptTokens)
      let isKept = usage.timeToFirstToken <= promised && isPaced
      (isKept ? kept : missed).add()
    }

    /// Takes in a request that ended without its answer.
    func noteMissed() { missed.add() }
  }
}
