import Glibc

/// One service's CPU and memory use over days, and the sizes that they suggest for a replica.
///
/// `recommender/logic` of kubernetes/autoscaler: target P90, lower bound P50, upper bound P95, each with 15 % on top, the
/// bounds wider the less is known.
struct UsageRecommender: Hashable, Sendable {
  struct Range: Hashable, Sendable {
    var lower: Double
    var target: Double
    var upper: Double
  }

  static let safetyMargin = 1.15
  static let minimumCores = 0.025
  static let minimumBytes = 250.0 * 1_048_576
  /// What a replica killed for want of memory needs: the larger of 20 % and 100 MiB more.
  static let killedFactor = 1.2
  static let killedBytes = 100.0 * 1_048_576

  private var cpu = DecayingHistogram(.init(firstWidth: 0.01, maximum: 1000))
  private var memory = DecayingHistogram(.init(firstWidth: 1e7, maximum: 1e12))
  private var peak: Peak?
  private var firstSample: Duration?
  private var latestSample: Duration = .zero
  private var sampleCount = 0

  /// The highest memory use within one aggregation interval of a day.
  private struct Peak: Hashable, Sendable {
    var end: Duration
    var bytes: Double
  }

  private static let memoryInterval = Duration.seconds(86_400)

  /// A replica's CPU use; a larger request makes a weightier sample.
  mutating func addCPU(cores: Double, request: Double, at time: Duration) {
    cpu.add(cores, weight: max(request, 0.1), at: time)
    firstSample = firstSample ?? time
    latestSample = max(latestSample, time)
    sampleCount += 1
  }

  /// A replica's memory use; of a day only the peak counts.
  mutating func addMemory(bytes: Double, at time: Duration) {
    if let peak, time < peak.end {
      guard bytes > peak.bytes else { return }
      memory.subtract(peak.bytes, weight: 1, at: peak.end)
      memory.add(bytes, weight: 1, at: peak.end)
      self.peak?.bytes = bytes
    } else {
      let shift = peak.map { ((time - $0.end) / Self.memoryInterval).rounded(.down) + 1 } ?? 0
      let end = peak.map { $0.end + Self.memoryInterval * shift } ?? time + Self.memoryInterval
      memory.add(bytes, weight: 1, at: end)
      peak = Peak(end: end, bytes: bytes)
    }
  }

  /// A replica was killed for want of memory while it had `limit` bytes.
  mutating func addKill(limit: Double, at time: Duration) {
    let used = max(limit, peak?.bytes ?? 0)
    addMemory(bytes: max(used + Self.killedBytes, used * Self.killedFactor), at: time)
  }

  /// Cores per replica; nil without a sample.
  var cores: Range? { range(cpu, atLeast: Self.minimumCores) }

  /// Bytes per replica; nil without a sample.
  var bytes: Range? { range(memory, atLeast: Self.minimumBytes) }

  private func range(_ histogram: DecayingHistogram, atLeast floor: Double) -> Range? {
    guard !histogram.isEmpty else { return nil }
    func value(_ share: Double, multiplier: Double, exponent: Double) -> Double {
      let known = histogram.percentile(share) * Self.safetyMargin
      return max(known * pow(1 + multiplier / confidence, exponent), floor)
    }
    return Range(
      lower: value(0.5, multiplier: 0.001, exponent: -2),
      target: max(histogram.percentile(0.9) * Self.safetyMargin, floor),
      upper: value(0.95, multiplier: 1, exponent: 1)
    )
  }

  /// Days of history, or days' worth of samples at one a minute, whichever is less.
  private var confidence: Double {
    let days = (latestSample - (firstSample ?? latestSample)) / .seconds(86_400)
    return min(days, Double(sampleCount) / (60 * 24))
  }
}
