import Applications
import Control
import OrderedCollections

/// How an application does, in one line: replicas, requests, latency against the promise, CPU.
struct StatusLine {
  let text: String

  init(_ observation: Observation, of application: Application) {
    let seconds = Int(observation.time.seconds)
    var parts = ["\(seconds / 60):" + (seconds % 60 < 10 ? "0" : "") + "\(seconds % 60)"]
    parts.append(Self.replicas(observation))
    for entry in application.entryPoints {
      guard let signals = observation.entryPoints[entry.name] else { continue }
      parts.append(Self.words(entry, signals))
    }
    let usage = observation.services.values.compactMap { $0.signals[.cpuUsage]?.value }.reduce(0, +)
    parts.append("CPU \(Self.rounded(usage / 1000, places: 2))")
    text = parts.joined(separator: " | ")
  }

  /// 0.95 as 95, 0.999 as 99.9.
  static func percentile(_ quantile: Double) -> String { rounded(quantile * 100, places: 2) }

  /// Services in full are only counted, the others named.
  private static func replicas(_ observation: Observation) -> String {
    let total = observation.services.values.reduce(0) { $0 + $1.readyReplicaCount }
    let short = observation.services.filter {
      $0.value.readyReplicaCount != $0.value.desiredReplicaCount
    }
    let named = short.prefix(3).map {
      "\($0.key) \($0.value.readyReplicaCount)/\($0.value.desiredReplicaCount)"
    }
    let more = short.count > 3 ? ["and \(short.count - 3) more"] : []
    let words = "\(total) \(total == 1 ? "replica" : "replicas") ready"
    return ([words] + named + more).joined(separator: ", ")
  }

  private static func words(_ entry: Application.EntryPoint, _ signals: Signals) -> String {
    var words = "\(entry.name) \(rounded(signals[.requestRate]?.value ?? 0, places: 1))/s"
    if let slo = entry.slo, let latency = signals[.latencyAtSLO]?.value {
      let isKept = latency <= slo.bound.seconds
      words += " p\(percentile(slo.quantile)) \(milliseconds(latency))"
      words += isKept ? " of \(slo.bound.quantity)" : " OVER \(slo.bound.quantity)"
    } else if let latency = signals[.latencyP95]?.value {
      words += " p95 \(milliseconds(latency))"
    }
    if let errors = signals[.errorRatio]?.value, errors > 0 {
      words += " errors \(rounded(errors * 100, places: 1)) %"
    }
    return words
  }

  private static func milliseconds(_ seconds: Double) -> String {
    let value = seconds * 1000
    return "\(rounded(value, places: value < 10 ? 1 : 0)) ms"
  }

  /// Without trailing zeros.
  private static func rounded(_ value: Double, places: Int) -> String {
    let scale = [1.0, 10, 100][places]
    let whole = (value * scale).rounded() / scale
    return whole == whole.rounded() ? "\(Int(whole))" : "\(whole)"
  }
}
