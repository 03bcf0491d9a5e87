import Randomness

/// When requests arrive, from the start of a run: a sequence that its seed fixes.
///
/// Gaps are drawn in units of expected arrivals and mapped to time through the profile's inverse cumulative
/// rate, so Poisson gaps make a non-homogeneous Poisson process with exactly the profile's rate (Çinlar,
/// Introduction to Stochastic Processes, 4.7), and every other distribution keeps its shape as rates change.
package struct ArrivalTimes: Sequence, IteratorProtocol, Sendable {
  private let gaps: GapDistribution
  private var generator: SplitMix64
  private var stairs: ArraySlice<RateProfile.Stair>
  private var hasStarted = false
  /// Seconds since the start.
  private var time = 0.0
  private var stairEnd = 0.0

  package init(_ gaps: GapDistribution, _ profile: RateProfile, seed: UInt64) {
    self.gaps = gaps
    generator = SplitMix64(seed: seed, part: 1)
    stairs = profile.stairs[...]
    stairEnd = stairs.first.map { $0.duration / .seconds(1) } ?? 0
  }

  /// - Complexity: amortised O(1).
  package mutating func next() -> Duration? {
    var expected =
      hasStarted ? gaps.draw(using: &generator) : gaps.drawFirst(using: &generator)
    hasStarted = true
    while let stair = stairs.first {
      let room = stair.rate > 0 ? stair.rate * (stairEnd - time) : 0
      if expected < room {
        time += expected / stair.rate
        return .seconds(time)
      }
      expected -= room
      time = stairEnd
      stairs = stairs.dropFirst()
      stairEnd += stairs.first.map { $0.duration / .seconds(1) } ?? 0
    }
    return nil
  }
}
