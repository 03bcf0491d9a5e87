import Control

/// How the tail latency of a service grows with the load of one replica, and up to which load that is known.
///
/// After LSRAM's load-latency profile, in the queueing form of our reconstruction. `1 / rate(within:)` is convex, so descent
/// finds the global optimum. Valid for one size of replica, one kind of machine, one level of interference.
package struct LoadLatencyProfile: Hashable, Sendable {
  private let form: LoadLatencyForm
  /// The highest rate that was measured: nothing is assumed beyond it.
  package let testedRate: Double

  package init(base: Double = 0, scale: Double, capacity: Double, testedRate: Double? = nil) {
    let form = LoadLatencyForm(base: base, scale: scale, capacity: capacity)
    let testedRate = testedRate ?? 0.99 * capacity
    precondition(form.isSound, "\(form)")
    precondition(testedRate > 0 && testedRate < capacity, "tested up to \(testedRate)")
    self.form = form
    self.testedRate = testedRate
  }

  init(_ curve: LoadLatencyCurve) {
    form = curve.form
    testedRate = curve.testedRate
  }

  package var base: Double { form.base }
  package var scale: Double { form.scale }
  package var capacity: Double { form.capacity }

  /// Seconds at a rate below the capacity.
  package func latency(at rate: Double) -> Double { form.latency(at: rate) }

  /// The highest rate, requests per second, at which a replica stays within `latency`; 0 if it never does.
  package func rate(within latency: Double) -> Double {
    guard latency > minimumLatency else { return 0 }
    return min(capacity - scale / (latency - base), testedRate)
  }

  /// Seconds of an idle replica.
  package var minimumLatency: Double { form.idleLatency }

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
