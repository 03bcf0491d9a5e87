/// How a service's tail latency grows with the load of one replica, as it was measured: `base + scale / (capacity − rate)`.
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
    base: Double,
    scale: Double,
    capacity: Double,
    testedRate: Double,
    error: Double
  ) {
    self.quantile = quantile
    self.cores = cores
    self.base = base
    self.scale = scale
    self.capacity = capacity
    self.testedRate = testedRate
    self.error = error
  }

  /// Whether the numbers can be meant: latencies above zero that grow, and a range that ends before the capacity.
  package var isSound: Bool {
    [quantile, cores, base, scale, capacity, testedRate].allSatisfy(\.isFinite)
      && (0...1).contains(quantile) && cores > 0 && scale > 0 && testedRate > 0
      && capacity > testedRate && base + scale / capacity > 0
  }

  /// Seconds at a rate; nil beyond what was measured.
  package func latency(at rate: Double) -> Double? {
    (0...testedRate).contains(rate) ? base + scale / (capacity - rate) : nil
  }
}
