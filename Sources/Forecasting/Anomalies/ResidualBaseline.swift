import Glibc

/// What latency is usual at which load, and how far a sample lies from it: a Hampel filter that knows the load.
///
/// The usual latency at a load is the median of the samples nearest in load, and the residual is measured in their
/// median absolute deviation (Hampel 1974; Davies and Gather 1993), so that a few bad samples move neither. Latencies and
/// loads are compared by their logarithms: a share counts alike at every size.
package struct ResidualBaseline: Sendable, Hashable {
  /// One sample: load of a replica in requests per second, latency in seconds.
  package struct Sample: Sendable, Hashable {
    package var load: Double
    package var latency: Double

    package init(load: Double, latency: Double) {
      self.load = load
      self.latency = latency
    }
  }

  /// How a sample compares with those before it.
  package struct Residual: Sendable, Hashable {
    /// Seconds that were to be expected.
    package var expected: Double
    /// Robust standard deviations above the expectation; negative below.
    package var deviations: Double
    /// The latency as a multiple of the expectation.
    package var ratio: Double
  }

  /// Samples that are remembered.
  private static let capacity = 240
  /// Samples that are compared with.
  private static let neighbourCount = 40
  /// Samples without which there is no judgement.
  private static let leastCount = 20
  /// A deviation smaller than this, as a share, is never taken for a large one.
  private static let leastDeviation = 0.02
  /// Loads beyond the highest or below the lowest known by more than this factor are not judged: nothing is
  /// extrapolated.
  private static let reach = 1.25

  /// Logarithms of load and latency, the oldest first.
  private var samples: [(load: Double, latency: Double)] = []

  package init() {}

  package var count: Int { samples.count }

  package mutating func learn(_ sample: Sample) {
    guard sample.load > 0, sample.latency > 0 else { return }
    if samples.count == Self.capacity { samples.removeFirst() }
    samples.append((log(sample.load), log(sample.latency)))
  }

  /// Nil while too little is known, and at loads that are not known.
  package func residual(of sample: Sample) -> Residual? {
    guard samples.count >= Self.leastCount, sample.load > 0, sample.latency > 0 else { return nil }
    let load = log(sample.load)
    let nearest = samples.sorted { abs($0.load - load) < abs($1.load - load) }
      .prefix(Self.neighbourCount)
    let loads = samples.map(\.load)
    guard let lowest = loads.min(), let highest = loads.max(),
      load > lowest - log(Self.reach), load < highest + log(Self.reach)
    else { return nil }
    let usual = Self.median(nearest.map(\.latency))
    let spread = 1.4826 * Self.median(nearest.map { abs($0.latency - usual) })
    let distance = log(sample.latency) - usual
    return Residual(
      expected: exp(usual),
      deviations: distance / max(spread, Self.leastDeviation),
      ratio: exp(distance)
    )
  }

  private static func median(_ numbers: [Double]) -> Double {
    let sorted = numbers.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2)
      ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }

  package static func == (one: ResidualBaseline, other: ResidualBaseline) -> Bool {
    one.samples.elementsEqual(other.samples) { $0 == $1 }
  }

  package func hash(into hasher: inout Hasher) {
    for sample in samples {
      hasher.combine(sample.load)
      hasher.combine(sample.latency)
    }
  }
}
