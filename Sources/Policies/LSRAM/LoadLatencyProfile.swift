/// How the tail latency of a service grows with the load of one replica: `L(x) = base + scale / (capacity − x)`.
///
/// After LSRAM's load-latency profile, in the queueing form of our reconstruction; for exponential sojourn times the scale
/// of P95 is ln 20. `1 / rate(within:)` is convex, so descent finds the global optimum. Valid for one size of replica,
/// one kind of machine, one level of interference.
package struct LoadLatencyProfile: Hashable, Sendable {
  /// Seconds; below zero where queueing grows faster than it would from an idle replica's latency.
  package var base: Double
  /// Without a unit.
  package var scale: Double
  /// Requests per second at which the latency has no bound.
  package var capacity: Double
  /// The highest rate that was measured: nothing is assumed beyond it.
  package var testedRate: Double

  package init(base: Double = 0, scale: Double, capacity: Double, testedRate: Double? = nil) {
    let testedRate = testedRate ?? 0.99 * capacity
    precondition(scale > 0 && capacity > 0, "scale \(scale), capacity \(capacity)")
    precondition(base + scale / capacity > 0, "base \(base), scale \(scale)")
    precondition(testedRate > 0 && testedRate < capacity, "tested up to \(testedRate)")
    self.base = base
    self.scale = scale
    self.capacity = capacity
    self.testedRate = testedRate
  }

  /// Seconds at a rate below the capacity.
  package func latency(at rate: Double) -> Double { base + scale / (capacity - rate) }

  /// The highest rate, requests per second, at which a replica stays within `latency`; 0 if it never does.
  package func rate(within latency: Double) -> Double {
    guard latency > minimumLatency else { return 0 }
    return min(capacity - scale / (latency - base), testedRate)
  }

  /// Seconds of an idle replica.
  package var minimumLatency: Double { base + scale / capacity }

  /// The same service when each request takes `factor` times the work: time stretched by it.
  package func slowed(by factor: Double) -> LoadLatencyProfile {
    LoadLatencyProfile(
      base: base * factor,
      scale: scale,
      capacity: capacity / factor,
      testedRate: testedRate / factor
    )
  }

  /// Seconds beyond which a larger budget buys nothing.
  package var maximumLatency: Double { latency(at: testedRate) }
}
