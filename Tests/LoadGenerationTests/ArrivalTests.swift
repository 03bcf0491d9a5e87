import Testing

@testable import LoadGeneration

@Suite struct ArrivalTests {
  private func times(
    _ gaps: GapDistribution,
    _ profile: RateProfile,
    seed: UInt64 = 1
  ) -> [Double] {
    ArrivalTimes(gaps, profile, seed: seed).map { $0 / .seconds(1) }
  }

  /// Mean and coefficient of variation of the gaps.
  private func moments(_ times: [Double]) -> (mean: Double, variation: Double) {
    let gaps = zip(times.dropFirst(), times).map(-)
    let mean = gaps.reduce(0, +) / Double(gaps.count)
    let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
    return (mean, variance.squareRoot() / mean)
  }

  @Test func `constant arrivals are exact`() {
    #expect(times(.constant, .constant(4, for: .seconds(1))) == [0.125, 0.375, 0.625, 0.875])
    #expect(times(.constant, .constant(10, for: .seconds(10))).count == 100)
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func `poisson gaps have mean and deviation of one over the rate`(seed: UInt64) {
    let times = times(.poisson, .constant(20, for: .seconds(1_000)), seed: seed)
    // Five standard errors of 20,000 arrivals.
    #expect(abs(times.count - 20_000) < 5 * 142, "seed \(seed)")
    let (mean, variation) = moments(times)
    #expect(abs(mean * 20 - 1) < 0.036, "seed \(seed)")
    #expect(abs(variation - 1) < 0.05, "seed \(seed)")
  }

  @Test(arguments: [0.25, 0.5, 1, 2, 9], 1...3 as ClosedRange<UInt64>)
  func `gamma gaps vary as their burstiness says`(burstiness: Double, seed: UInt64) {
    let gaps = GapDistribution.gamma(burstiness: burstiness)
    let (mean, variation) = moments(times(gaps, .constant(20, for: .seconds(1_000)), seed: seed))
    let expected = 1 / burstiness.squareRoot()
    #expect(abs(mean * 20 - 1) < 0.036 * expected, "seed \(seed)")
    #expect(abs(variation / expected - 1) < 0.06, "seed \(seed)")
  }

  @Test func `a seed fixes every arrival`() {
    let profile = RateProfile.constant(5, for: .seconds(100))
    #expect(times(.poisson, profile, seed: 7) == times(.poisson, profile, seed: 7))
    #expect(times(.poisson, profile, seed: 7) != times(.poisson, profile, seed: 8))
  }

  @Test func `every stair gets arrivals at its own rate, and none where it is zero`() {
    let profile = RateProfile(stairs: [
      .init(duration: .seconds(100), rate: 50), .init(duration: .seconds(100), rate: 0),
      .init(duration: .seconds(100), rate: 200),
    ])
    #expect(profile.expectedCount == 25_000)
    for seed in 1...5 as ClosedRange<UInt64> {
      let times = times(.poisson, profile, seed: seed)
      let counts = (0..<3).map { stair in
        times.count { Int($0 / 100) == stair }
      }
      #expect(abs(counts[0] - 5_000) < 5 * 71 && counts[1] == 0, "seed \(seed): \(counts)")
      #expect(abs(counts[2] - 20_000) < 5 * 142, "seed \(seed): \(counts)")
      #expect(zip(times, times.dropFirst()).allSatisfy(<=), "seed \(seed)")
    }
  }

  @Test func `a constant gap that spans a change of rate is stretched, not restarted`() {
    let profile = RateProfile(stairs: [
      .init(duration: .seconds(1), rate: 1.25), .init(duration: .seconds(2), rate: 0.5),
    ])
    // The second arrival needs one expected arrival: 0.75 of it in the first second, 0.25 at half the pace.
    #expect(times(.constant, profile) == [0.4, 1.5])
  }

  @Test func `an infinite rate is everything at once`() {
    let profile = RateProfile.constant(.infinity, for: .seconds(1))
    #expect(ArrivalTimes(.poisson, profile, seed: 1).prefix(50).allSatisfy { $0 == .zero })
  }

  @Test func `rate traces are read line by line`() throws {
    let profile = try RateProfile(parsing: "# per second\n157\n158.5\r\n\n0\n")
    #expect(profile.stairs.map(\.rate) == [157, 158.5, 0])
    #expect(profile.scaled(rate: 0.1, time: 2).duration == .seconds(6))
    #expect(
      profile.prefix(.milliseconds(1_500)).stairs.map(\.duration) == [.seconds(1), .seconds(0.5)]
    )
    for (text, error) in [
      ("", TraceError.empty), ("1\n-2", .notARate(line: 2, text: "-2")),
      ("1\n\nx y", .notARate(line: 3, text: "x y")), ("inf", .notARate(line: 1, text: "inf")),
    ] {
      #expect(throws: error) { try RateProfile(parsing: text) }
    }
  }
}
