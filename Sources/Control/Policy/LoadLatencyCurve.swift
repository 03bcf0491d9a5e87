/// How a service's tail latency grows with the load of one replica, as it was measured; see ``LoadLatencyForm``.
///
/// Valid for one size of replica, on one kind of machine, without callees. Nothing is said beyond the highest rate that was
/// measured.
package struct LoadLatencyCurve: Hashable, Sendable, Codable {
  /// The quantile of the latency, 0 to 1.
  package var quantile: Double
  /// The CPU limit of the replica.
  package var cores: Double
  /// Seconds; below zero where latency grows faster than from an idle replica's.
  package var base: Double
  /// Without a unit.
  package var scale: Double
  /// Requests per second at which the latency has no bound.
  package var capacity: Double
  /// The highest rate that was measured, requests per second.
  package var testedRate: Double
  /// The mean relative error on samples that were left out of the fit.
  package var error: Double

  package init(
    quantile: Double,
    cores: Double,
    form: LoadLatencyForm,
    testedRate: Double,
    error: Double
  ) {
    self.quantile = quantile
    self.cores = cores
    base = form.base
    scale = form.scale
    capacity = form.capacity
    self.testedRate = testedRate
    self.error = error
  }

  /// Whether the numbers can be meant: latencies above zero that grow, and a range that ends before the capacity.
  package var isSound: Bool {
    form.isSound && [quantile, cores, testedRate].allSatisfy(\.isFinite)
      && (0...1).contains(quantile) && cores > 0 && testedRate > 0 && capacity > testedRate
  }

  package var form: LoadLatencyForm {
    LoadLatencyForm(base: base, scale: scale, capacity: capacity)
  }

  /// Seconds at a rate; nil beyond what was measured.
  package func latency(at rate: Double) -> Double? {
    (0...testedRate).contains(rate) ? form.latency(at: rate) : nil
  }
}
