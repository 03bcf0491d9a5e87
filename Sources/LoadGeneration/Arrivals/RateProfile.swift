/// How many arrivals per second are offered over time: a staircase of rates.
package struct RateProfile: Sendable, Equatable {
  /// A time during which the rate stays.
  package struct Stair: Sendable, Equatable {
    package var duration: Duration
    /// Arrivals per second, not negative; infinite for all at once.
    package var rate: Double

    package init(duration: Duration, rate: Double) {
      precondition(duration >= .zero && rate >= 0, "\(rate) per second for \(duration)")
      self.duration = duration
      self.rate = rate
    }
  }

  package var stairs: [Stair]

  package init(stairs: [Stair]) { self.stairs = stairs }

  package static func constant(_ rate: Double, for duration: Duration) -> RateProfile {
    RateProfile(stairs: [Stair(duration: duration, rate: rate)])
  }

  /// One rate per line, each for `interval`; empty lines and lines that begin with `#` are skipped.
  package init(parsing text: String, interval: Duration = .seconds(1)) throws(TraceError) {
    var stairs: [Stair] = []
    for (index, line) in text.lines.enumerated() {
      let field = line.trimmed
      guard !field.isEmpty, field.first != "#" else { continue }
      guard let rate = Double(field), rate >= 0, rate.isFinite else {
        throw .notARate(line: index + 1, text: String(field.prefix(40)))
      }
      stairs.append(Stair(duration: interval, rate: rate))
    }
    guard !stairs.isEmpty else { throw .empty }
    self.stairs = stairs
  }

  package var duration: Duration { stairs.reduce(.zero) { $0 + $1.duration } }

  /// How many arrivals are to be expected.
  package var expectedCount: Double {
    stairs.reduce(0) { $0 + $1.rate * ($1.duration / .seconds(1)) }
  }

  /// This profile with every rate times `rate` and every duration times `time`.
  package func scaled(rate: Double = 1, time: Double = 1) -> RateProfile {
    RateProfile(
      stairs: stairs.map { Stair(duration: $0.duration * time, rate: $0.rate * rate) }
    )
  }

  /// The first `limit` of this profile.
  package func prefix(_ limit: Duration) -> RateProfile {
    var left = limit
    var kept: [Stair] = []
    for stair in stairs where left > .zero {
      kept.append(Stair(duration: min(stair.duration, left), rate: stair.rate))
      left -= stair.duration
    }
    return RateProfile(stairs: kept)
  }
}
