/// How a replica's tail latency grows with its load, as queueing theory has it: `base + scale / (capacity − rate)`.
///
/// For exponential sojourn times `base` is zero and the `scale` of the 95th percentile is ln 20.
package struct LoadLatencyForm: Hashable, Sendable {
  /// Seconds; below zero where latency grows faster than it would from an idle replica's.
  package var base: Double
  /// Without a unit.
  package var scale: Double
  /// Requests per second at which the latency has no bound.
  package var capacity: Double

  package init(base: Double, scale: Double, capacity: Double) {
    self.base = base
    self.scale = scale
    self.capacity = capacity
  }

  /// Seconds of an idle replica.
  package var idleLatency: Double { latency(at: 0) }

  /// Seconds at a rate below the capacity.
  package func latency(at rate: Double) -> Double { base + scale / (capacity - rate) }

  /// Whether it is a latency at all: above zero, and growing.
  package var isSound: Bool {
    [base, scale, capacity].allSatisfy(\.isFinite) && scale > 0 && capacity > 0 && idleLatency > 0
  }
}
