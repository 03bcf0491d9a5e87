/// Writes metric families in the Prometheus text format.
struct PrometheusTextWriter {
  let constantLabels: [(name: String, value: String)]
  private(set) var text = ""

  init(constantLabels: [(name: String, value: String)]) {
    self.constantLabels = constantLabels
  }

  mutating func write(_ family: MetricRegistry.Family) {
    guard let type = family.series.first?.instrument.type else { return }
    text += "# HELP \(family.name) \(escapeHelp(family.help))\n# TYPE \(family.name) \(type)\n"
    for series in family.series {
      switch series.instrument {
      case .counter(let counter): sample(family.name, series.labels, counter.value)
      case .gauge(let gauge): sample(family.name, series.labels, gauge.value)
      case .sampled(let read): sample(family.name, series.labels, read())
      case .histogram(let histogram): write(histogram, named: family.name, series.labels)
      }
    }
  }

  private mutating func write(
    _ histogram: Histogram,
    named name: String,
    _ labels: [(name: String, value: String)]
  ) {
    let snapshot = histogram.snapshot
    var cumulated = 0
    for (bound, count) in zip(histogram.bounds, snapshot.counts) {
      cumulated += count
      sample("\(name)_bucket", labels + [(name: "le", value: number(bound))], Double(cumulated))
    }
    sample("\(name)_bucket", labels + [(name: "le", value: "+Inf")], Double(snapshot.count))
    sample("\(name)_sum", labels, snapshot.sum)
    sample("\(name)_count", labels, Double(snapshot.count))
  }

  private mutating func sample(
    _ name: String,
    _ labels: [(name: String, value: String)],
    _ value: Double
  ) {
    let pairs = (constantLabels + labels).map { "\($0.name)=\"\(escapeValue($0.value))\"" }
    let braces = pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}"
    text += "\(name)\(braces) \(number(value))\n"
  }

  /// Whole numbers without a fraction, as other exporters write them.
  private func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return Int(exactly: value).map(String.init) ?? "\(value)"
  }

  private func escapeHelp(_ text: String) -> String { escape(text, ["\\": "\\\\", "\n": "\\n"]) }

  private func escapeValue(_ text: String) -> String {
    escape(text, ["\\": "\\\\", "\n": "\\n", "\"": "\\\""])
  }

  private func escape(_ text: String, _ replacements: [Unicode.Scalar: String]) -> String {
    text.unicodeScalars.reduce(into: "") { escaped, scalar in
      escaped += replacements[scalar] ?? String(scalar)
    }
  }
}
