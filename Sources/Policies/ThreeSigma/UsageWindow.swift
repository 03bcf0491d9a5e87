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

  var mean: Double {
    readings.isEmpty ? 0 : readings.reduce(0) { $0 + $1.cores } / Double(readings.count)
  }

  /// Of a sample; 0 with fewer than two readings.
  var standardDeviation: Double {
    guard readings.count > 1 else { return 0 }
    let mean = mean
    let squares = readings.reduce(0) { $0 + ($1.cores - mean) * ($1.cores - mean) }
    return (squares / Double(readings.count - 1)).squareRoot()
  }

  /// The three-sigma rule: what use exceeds about once in a thousand readings, if it is normal.
  func need(sigmas: Double) -> Double { mean + sigmas * standardDeviation }
}
