import Applications
import Control
import OrderedCollections

extension Application {
  /// Every service's bounds by its name.
  var replicaBounds: OrderedDictionary<ServiceName, ReplicaBounds> {
    OrderedDictionary(
      services.map { ($0.name, $0.replicas) },
      uniquingKeysWith: { first, _ in first }
    )
  }
}

extension ReplicaBounds {
  var range: ClosedRange<Int> { minimum...max(minimum, maximum) }

  /// The nearest count within the bounds.
  func clamp(_ count: Int) -> Int { min(max(count, range.lowerBound), range.upperBound) }
}

extension Observation {
  /// Whether replicas that are wanted are still to come, so that latency tells of those that are there alone.
  var isSettling: Bool {
    services.values.contains { $0.readyReplicaCount < $0.desiredReplicaCount }
  }
}

extension ServiceObservation {
  /// These signals as they are, for the journal and the guardrail against stale ones.
  func evidence(_ names: SignalName...) -> [Reason.Evidence] {
    names.compactMap { name in signals[name].map { Reason.Evidence(name, $0) } }
  }

  /// Requests inside the service, waiting or being worked on; nil while unknown.
  var backlog: Double? {
    guard let concurrency = signals[.concurrency] else { return nil }
    return concurrency.value + (signals[.queueLength]?.value ?? 0)
  }
}
