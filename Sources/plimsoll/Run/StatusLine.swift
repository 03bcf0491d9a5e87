import Applications
import Control
import OrderedCollections

/// How an application does, in one line: replicas, requests, the promise that is nearest to breaking, CPU.
struct StatusLine {
  let text: String

  init(_ observation: Observation, of application: Application) {
    let seconds = Int(observation.time.seconds)
    let clock = "\(seconds / 60):" + (seconds % 60 < 10 ? "0" : "") + "\(seconds % 60)"
    let usage = observation.services.values.compactMap { $0.signals[.cpuUsage]?.value }.reduce(0, +)
    let parts = [
      clock, Self.replicas(observation), Self.requests(observation),
      Self.tightest(application.entryPoints, observation), "CPU \(Self.rounded(usage / 1000, 2))",
    ]
    text = parts.compactMap(\.self).joined(separator: " | ")
  }

  /// 0.95 as 95, 0.999 as 99.9.
  static func percentile(_ quantile: Double) -> String { rounded(quantile * 100, 2) }

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

  /// Over all entry points; errors are mentioned if there are any.
  private static func requests(_ observation: Observation) -> String {
    let rates = observation.entryPoints.values.map { $0[.requestRate]?.value ?? 0 }
    let errors = zip(observation.entryPoints.values, rates).map { signals, rate in
      (signals[.errorRatio]?.value ?? 0) * rate
    }
    let (rate, failing) = (rates.reduce(0, +), errors.reduce(0, +))
    let words = "\(rounded(rate, 1))/s"
    return failing > 0 ? "\(words), errors \(rounded(failing / rate * 100, 1)) %" : words
  }

  /// The entry point whose latency is nearest to its bound, or furthest beyond it.
  private static func tightest(
    _ entryPoints: [Application.EntryPoint],
    _ observation: Observation
  ) -> String? {
    let kept = entryPoints.compactMap {
      entry -> (entry: Application.EntryPoint, slo: SLO, latency: Double)? in
      guard let slo = entry.slo,
        let latency = observation.entryPoints[entry.name]?[.latencyAtSLO]?.value
      else { return nil }
      return (entry, slo, latency)
    }
    let worst = kept.max { $0.latency / $0.slo.bound.seconds < $1.latency / $1.slo.bound.seconds }
    guard let (entry, slo, latency) = worst else { return nil }
    let relation = latency <= slo.bound.seconds ? "of" : "OVER"
    return "\(entry.name) p\(percentile(slo.quantile)) \(milliseconds(latency)) \(relation)"
      + " \(slo.bound.quantity)"
  }

  private static func milliseconds(_ seconds: Double) -> String {
    let value = seconds * 1000
    return "\(rounded(value, value < 10 ? 1 : 0)) ms"
  }

  /// With at most so many places, without trailing zeros.
  private static func rounded(_ value: Double, _ places: Int) -> String {
    let scale = [1.0, 10, 100][places]
    let near = (value * scale).rounded() / scale
    return near == near.rounded() ? "\(Int(near))" : "\(near)"
  }
}
