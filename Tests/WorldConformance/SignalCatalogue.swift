package import Applications
package import Control
import OrderedCollections

/// Which signals of what a world reports, in which unit, over which time, and how old.
///
/// A policy that was written against one world works in another because this is the same in both.
package struct SignalCatalogue: Hashable, Sendable {
  package private(set) var lines: Set<String> = []

  /// What every world reports of an application with an SLO whose services are busy and limited.
  package static let owed = SignalCatalogue(
    """
    entry point errorRatio ratio, since the last observation, fresh
    entry point latencyAtSLO seconds, over the SLO's window, fresh
    entry point latencyP50 seconds, since the last observation, fresh
    entry point latencyP95 seconds, since the last observation, fresh
    entry point latencyP99 seconds, since the last observation, fresh
    entry point requestRate requestsPerSecond, since the last observation, fresh
    replica cpuThrottled ratio, since the last observation, fresh
    replica cpuUsage millicores, since the last observation, fresh
    replica memoryPeak bytes, since the last observation, fresh
    replica memoryUsage bytes, of one moment, fresh
    service concurrency requests, since the last observation, fresh
    service cpuThrottled ratio, since the last observation, fresh
    service cpuUsage millicores, since the last observation, fresh
    service errorRatio ratio, since the last observation, fresh
    service latencyP50 seconds, since the last observation, fresh
    service latencyP95 seconds, since the last observation, fresh
    service latencyP99 seconds, since the last observation, fresh
    service memoryPeak bytes, since the last observation, fresh
    service memoryUsage bytes, of one moment, fresh
    service outOfMemoryKills events, since the last observation, fresh
    service queueLength requests, since the last observation, fresh
    service requestRate requestsPerSecond, since the last observation, fresh
    """
  )

  private init(_ text: String) { lines = Set(text.split(separator: "\n").map(String.init)) }

  /// What consecutive observations of a world show, the first of them `since` the one before.
  package init(
    of observations: [Observation],
    in application: Application,
    since beginning: Duration = .zero
  ) {
    var last = beginning
    for observation in observations {
      for service in observation.services.values {
        add(service.signals, of: "service", observation.time, last)
        for replica in service.replicas {
          add(replica.signals, of: "replica", observation.time, last)
        }
      }
      for entry in application.entryPoints {
        let signals = observation.entryPoints[entry.name] ?? Signals()
        add(signals, of: "entry point", observation.time, last, slo: entry.slo)
      }
      last = observation.time
    }
  }

  private mutating func add(
    _ signals: Signals,
    of subject: String,
    _ now: Duration,
    _ last: Duration,
    slo: SLO? = nil
  ) {
    for entry in signals.entries {
      let signal = entry.signal
      let window =
        switch signal.window {
        case .zero: "of one moment"
        case let window
        where entry.name == .latencyAtSLO && window == slo.map { min($0.window, now) }:
          "over the SLO's window"
        case now - last: "since the last observation"
        default: "over \(signal.window)"
        }
      let age = signal.age == .zero ? "fresh" : "\(signal.age) old"
      lines.insert("\(subject) \(entry.name.rawValue) \(signal.unit.rawValue), \(window), \(age)")
    }
  }

  /// What this one has or lacks against another, in words; signals in `unmeasured` may be missing.
  package func differences(
    from other: SignalCatalogue,
    unmeasured: Set<SignalName> = []
  ) -> [String] {
    let isOptional = { (line: String) in unmeasured.contains { line.contains(" \($0.rawValue) ") } }
    return lines.subtracting(other.lines).sorted().map { "unknown: \($0)" }
      + other.lines.subtracting(lines).filter { !isOptional($0) }.sorted().map { "missing: \($0)" }
  }
}
