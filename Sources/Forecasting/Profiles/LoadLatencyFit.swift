package import Control

/// The load of one replica and its tail latency, in the mean over one observation.
package struct LoadLatencySample: Hashable, Sendable {
  /// Requests per second.
  package var rate: Double
  /// Seconds.
  package var latency: Double

  package init(rate: Double, latency: Double) {
    self.rate = rate
    self.latency = latency
  }
}

/// Fits a curve to samples: first made monotone, as noise alone makes more load faster, then the queueing form by least squares
/// of the relative error.
package struct LoadLatencyFit: Sendable {
  private let samples: [LoadLatencySample]

  /// Fewer samples, or fewer than two loads, fix no curve.
  private static let leastSampleCount = 10
  private static let foldCount = 5

  package init(_ samples: [LoadLatencySample]) {
    self.samples = samples.filter { $0.rate > 0 && $0.latency > 0 }
      .sorted { ($0.rate, $0.latency) < ($1.rate, $1.latency) }
  }

  /// Nil where the samples are too few.
  package func curve(quantile: Double, cores: Double) -> LoadLatencyCurve? {
    guard samples.count >= Self.leastSampleCount, let form = Self.form(of: samples) else {
      return nil
    }
    return LoadLatencyCurve(
      quantile: quantile,
      cores: cores,
      form: form,
      testedRate: samples[samples.count - 1].rate,
      error: crossValidatedError
    )
  }

  /// The mean over folds, each of every fifth sample; the first and the last stay in every fit, as nothing is extrapolated.
  private var crossValidatedError: Double {
    var (sum, count) = (0.0, 0)
    for fold in 0..<Self.foldCount {
      let isLeftOut = { (index: Int) in
        index % Self.foldCount == fold && index > 0 && index < samples.count - 1
      }
      let kept = samples.indices.filter { !isLeftOut($0) }.map { samples[$0] }
      guard let form = Self.form(of: kept) else { continue }
      for index in samples.indices where isLeftOut(index) {
        sum += abs(form.latency(at: samples[index].rate) / samples[index].latency - 1)
        count += 1
      }
    }
    return count > 0 ? sum / Double(count) : .infinity
  }

  // MARK: The queueing form

  /// For each of many capacities the best base and scale, and of these the best.
  private static func form(of samples: [LoadLatencySample]) -> LoadLatencyForm? {
    guard let last = samples.last, let first = samples.first, last.rate > first.rate else {
      return nil
    }
    let smooth = isotonic(samples.map(\.latency))
    let margins = sequence(first: 0.001) { $0 * 1.25 }.prefix { $0 < 4 }
    let fits = margins.compactMap { margin -> (form: LoadLatencyForm, error: Double)? in
      let capacity = last.rate * (1 + margin)
      guard let form = line(through: samples.map { 1 / (capacity - $0.rate) }, smooth, capacity)
      else { return nil }
      let error = zip(samples, smooth).reduce(0) { sum, pair in
        let residual = form.latency(at: pair.0.rate) / pair.1 - 1
        return sum + residual * residual
      }
      return (form, error)
    }
    return fits.min { $0.error < $1.error }?.form
  }

  /// The line of least squared relative errors; nil unless it rises and begins above zero.
  private static func line(
    through places: [Double],
    _ latencies: [Double],
    _ capacity: Double
  ) -> LoadLatencyForm? {
    // With y = base + scale · u, divided by y: 1 = base · (1/y) + scale · (u/y).
    var (aa, ab, bb, a, b) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for (place, latency) in zip(places, latencies) {
      let (one, two) = (1 / latency, place / latency)
      aa += one * one
      ab += one * two
      bb += two * two
      a += one
      b += two
    }
    let determinant = aa * bb - ab * ab
    guard determinant > 1e-12 * aa * bb else { return nil }
    let base = (a * bb - b * ab) / determinant
    let scale = (b * aa - a * ab) / determinant
    let form = LoadLatencyForm(base: base, scale: scale, capacity: capacity)
    return form.isSound ? form : nil
  }
}

/// The nearest series that never falls, by least squares (pool adjacent violators; Ayer and others 1955).
package func isotonic(_ values: [Double]) -> [Double] {
  var pools: [(sum: Double, count: Int)] = []
  for value in values {
    pools.append((value, 1))
    while pools.count > 1 {
      let (last, before) = (pools[pools.count - 1], pools[pools.count - 2])
      guard before.sum * Double(last.count) > last.sum * Double(before.count) else { break }
      pools.removeLast(2)
      pools.append((before.sum + last.sum, before.count + last.count))
    }
  }
  return pools.flatMap { Array(repeating: $0.sum / Double($0.count), count: $0.count) }
}
