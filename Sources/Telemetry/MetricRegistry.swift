import Synchronization

/// All metrics of a process, by name; hands out instruments and writes them as Prometheus text.
///
/// One instrument may be exported under several names: our own and the ones that existing dashboards know.
package final class MetricRegistry: Sendable {
  /// The labels of one series, in the order in which they are written.
  package typealias Labels = KeyValuePairs<String, String>

  enum Instrument: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case sampled(@Sendable () -> Double)
    case histogram(Histogram)

    var type: String {
      switch self {
      case .counter: "counter"
      case .gauge, .sampled: "gauge"
      case .histogram: "histogram"
      }
    }
  }

  struct Series: Sendable {
    let labels: [(name: String, value: String)]
    let instrument: Instrument
  }

  struct Family: Sendable {
    let name: String
    let help: String
    var series: [Series]
  }

  /// Labels that every series carries, such as the model's name.
  private let constantLabels: [(name: String, value: String)]
  private let families = Mutex<[Family]>([])

  package init(constantLabels: Labels = [:]) {
    self.constantLabels = constantLabels.map { (name: $0.key, value: $0.value) }
  }

  /// The counter with this name and these labels, made at the first call.
  ///
  /// By convention its name ends in `_total`. `aliases` are further names under which the same numbers appear.
  package func counter(
    _ name: String,
    help: String,
    labels: Labels = [:],
    aliases: [String] = []
  ) -> Counter {
    let instrument = register(name, help, labels, aliases) { .counter(Counter()) }
    guard case .counter(let counter) = instrument else {
      preconditionFailure("\(name) is no counter")
    }
    return counter
  }

  /// The gauge with this name and these labels, made at the first call.
  package func gauge(
    _ name: String,
    help: String,
    labels: Labels = [:],
    aliases: [String] = []
  ) -> Gauge {
    let instrument = register(name, help, labels, aliases) { .gauge(Gauge()) }
    guard case .gauge(let gauge) = instrument else { preconditionFailure("\(name) is no gauge") }
    return gauge
  }

  /// A gauge whose value is read when the metrics are written.
  package func gauge(
    _ name: String,
    help: String,
    labels: Labels = [:],
    aliases: [String] = [],
    reading read: @escaping @Sendable () -> Double
  ) {
    _ = register(name, help, labels, aliases) { .sampled(read) }
  }

  /// The histogram with this name and these labels, made at the first call with these bucket bounds.
  package func histogram(
    _ name: String,
    help: String,
    bounds: [Double],
    labels: Labels = [:],
    aliases: [String] = []
  ) -> Histogram {
    let instrument = register(name, help, labels, aliases) { .histogram(Histogram(bounds: bounds)) }
    guard case .histogram(let histogram) = instrument else {
      preconditionFailure("\(name) is no histogram")
    }
    return histogram
  }

  /// All metrics as Prometheus text exposition, version 0.0.4.
  package func exposition() -> String {
    let snapshot = families.withLock { $0 }
    var writer = PrometheusTextWriter(constantLabels: constantLabels)
    for family in snapshot { writer.write(family) }
    return writer.text
  }

  private func register(
    _ name: String,
    _ help: String,
    _ labels: Labels,
    _ aliases: [String],
    _ make: () -> Instrument
  ) -> Instrument {
    let labels = labels.map { (name: $0.key, value: $0.value) }
    return families.withLock { families in
      if let known = families.first(where: { $0.name == name })?.series.first(where: {
        $0.labels.elementsEqual(labels, by: ==)
      }) {
        return known.instrument
      }
      let series = Series(labels: labels, instrument: make())
      for name in [name] + aliases {
        if let index = families.firstIndex(where: { $0.name == name }) {
          families[index].series.append(series)
        } else {
          families.append(Family(name: name, help: help, series: [series]))
        }
      }
      return series.instrument
    }
  }
}
