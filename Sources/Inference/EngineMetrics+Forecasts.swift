import Scheduling
import Synchronization
import Telemetry

extension EngineMetrics {
  /// How often each source of length forecasts named the right class, and which ones it took for which.
  final class ForecastMetrics: Sendable {
    private let registry: MetricRegistry
    private let exact: [LengthProfiler.Source: Gauge]
    private let covered: [LengthProfiler.Source: Gauge]
    /// As counted so far.
    private let noted = Mutex<[LengthProfiler.Source: LengthProfiler.Accuracy]>([:])

    init(_ registry: MetricRegistry) {
      func gauges(_ name: String, _ help: String) -> [LengthProfiler.Source: Gauge] {
        let pairs = LengthProfiler.Source.allCases.map { source in
          (
            source,
            registry.gauge(
              "plimsoll_length_forecast_\(name)_ratio",
              help: help,
              labels: ["source": source.rawValue]
            )
          )
        }
        return Dictionary(uniqueKeysWithValues: pairs)
      }
      self.registry = registry
      exact = gauges("exact", "Share of answers whose length class was forecast")
      covered = gauges("covered", "Share of answers within their forecast upper bound")
    }

    func note(_ accuracy: [LengthProfiler.Source: LengthProfiler.Accuracy]) {
      for (source, accuracy) in accuracy where accuracy.count > 0 {
        exact[source]?.set(Double(accuracy.exactCount) / Double(accuracy.count))
        covered[source]?.set(Double(accuracy.coveredCount) / Double(accuracy.count))
      }
      noted.withLock { noted in
        for (source, accuracy) in accuracy {
          count(accuracy, since: noted[source] ?? LengthProfiler.Accuracy(), source)
        }
        noted = accuracy
      }
    }

    /// Brings the counters up to date; only pairs of classes that occur become series.
    private func count(
      _ accuracy: LengthProfiler.Accuracy,
      since noted: LengthProfiler.Accuracy,
      _ source: LengthProfiler.Source
    ) {
      for expected in LengthClass.allCases {
        for truth in LengthClass.allCases {
          let newCount =
            accuracy.confusion[expected.index][truth.index]
            - noted.confusion[expected.index][truth.index]
          if newCount > 0 { counter(source, expected, truth).add(Double(newCount)) }
        }
      }
    }

    private func counter(
      _ source: LengthProfiler.Source,
      _ expected: LengthClass,
      _ truth: LengthClass
    ) -> Counter {
      registry.counter(
        "plimsoll_length_forecasts_total",
        help: "Answers by the length class that was forecast and the one that came true",
        labels: [
          "source": source.rawValue, "forecast": "\(expected.range.lowerBound)",
          "actual": "\(truth.range.lowerBound)",
        ]
      )
    }
  }
}
