/// The latest readings of a service's CPU use, and what they say is needed.
struct UsageWindow: Hashable, Sendable {
  private var readings: [Reading] = []
  private let length: Duration

  private struct Reading: Hashable, Sendable {
    var time: Duration
    var cores: Double
  }

  init(length: Duration) { self.length = length }

  mutating func add(cores: Double, at now: Duration) {
    readings.append(Reading(time: now, cores: cores))
    readings.removeAll { $0.time <= now - length }
  }

  /// 0 without a reading.
  var mean: Double { readings.map(\.cores).mean ?? 0 }

  var standardDeviation: Double { readings.map(\.cores).standardDeviation }

  /// The three-sigma rule: what use exceeds about once in a thousand readings, if it is normal.
  func need(sigmas: Double) -> Double { mean + sigmas * standardDeviation }
}
