import Randomness
import Testing

@testable import Scheduling

@Suite struct LengthProfilerTests {
  @Test(
    arguments: [
      (0, 0), (7, 0), (8, 1), (15, 1), (16, 2), (1023, 7), (1024, 8), (2047, 8), (9999, 8),
    ]
  )
  func `classes double from eight tokens`(tokenCount: Int, index: Int) {
    #expect(LengthClass(tokenCount: tokenCount).index == index)
  }

  @Test func `the classes' ranges follow each other`() {
    let ranges = LengthClass.allCases.map(\.range)
    #expect(ranges.first == 0..<8 && ranges.last == 1024..<2048)
    #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
  }

  private func profile(_ random: inout SplitMix64, tenant: UInt64 = 0) -> Profile {
    let request = Request(
      id: RequestID(rawValue: 0),
      prompt: Array(repeating: 1, count: Int.random(in: 1...500, using: &random)),
      maximumNewTokenCount: 1024,
      tenant: TenantID(rawValue: tenant)
    )
    return Profile(request, choice: 0, rank: 0)
  }

  @Test func `which class was taken for which is counted for every source`() {
    var accuracy = LengthProfiler.Accuracy()
    let (short, middle, long) = (
      LengthClass(index: 0), LengthClass(index: 1), LengthClass(index: 5)
    )
    accuracy.note(short, atMost: middle, truth: short)
    accuracy.note(short, atMost: middle, truth: middle)
    accuracy.note(short, atMost: middle, truth: long)
    #expect(accuracy.confusion[0] == [1, 1, 0, 0, 0, 1, 0, 0, 0])
    #expect(accuracy.count == 3 && accuracy.exactCount == 1)
    #expect(accuracy.nearCount == 2 && accuracy.coveredCount == 2)
  }

  @Test func `before it has seen anything it expects no less than what is allowed`() {
    var random = SplitMix64(seed: 1)
    let forecast = LengthProfiler().predict(profile(&random))
    #expect(forecast.upperBound == 1024)
  }

  @Test(arguments: 0..<5)
  func `upper bounds hold nine times out of ten, whatever the lengths`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var profiler = LengthProfiler()
    var covered = 0
    for round in 0..<3000 {
      let profile = profile(&random)
      // The load changes in the middle.
      let exponent = Double.random(in: round < 1500 ? 0...6 : 4...9.9, using: &random)
      let length = Int(Double(sign: .plus, exponent: Int(exponent), significand: 1.3))
      if round >= 1000, length <= profiler.predict(profile).upperBound { covered += 1 }
      profiler.learn(profile, features: [], newTokenCount: length)
    }
    #expect((0.87...0.97).contains(Double(covered) / 2000), "seed \(seed): \(covered) of 2000")
  }

  @Test func `it learns that one tenant's answers are short and another's long`() {
    var random = SplitMix64(seed: 3)
    var profiler = LengthProfiler()
    for round in 0..<600 {
      let tenant = UInt64(round % 2)
      let length = Int.random(in: tenant == 0 ? 10...14 : 600...900, using: &random)
      profiler.learn(profile(&random, tenant: tenant), features: [], newTokenCount: length)
    }
    let (short, long) = (profile(&random, tenant: 0), profile(&random, tenant: 1))
    #expect(profiler.predict(short).expected < 32)
    #expect(profiler.predict(long).expected > 400)
  }

  @Test func `a feature that tells the length is found, and then beats the request alone`() throws {
    var random = SplitMix64(seed: 4)
    var profiler = LengthProfiler()
    func example() -> (features: [Float], length: Int) {
      let label = Int.random(in: 0..<9, using: &random)
      // Nine directions, one for each class, under noise.
      let features = (0..<32).map { index in
        (index == 3 * label ? Float(3) : 0) + Float.random(in: -1...1, using: &random)
      }
      return (features, LengthClass(index: label).middle)
    }
    for _ in 0..<2000 {
      let (features, length) = example()
      profiler.learn(profile(&random), features: features, newTokenCount: length)
    }
    var hits = 0
    for _ in 0..<200 {
      let (features, length) = example()
      let forecast = profiler.refine(profile(&random), features: features)
      if LengthClass(tokenCount: forecast.expected) == LengthClass(tokenCount: length) { hits += 1 }
    }
    #expect(hits > 150)
    let refined = try #require(profiler.accuracy[.features])
    let first = try #require(profiler.accuracy[.request])
    #expect(refined.exactCount > 2 * first.exactCount)
  }

  @Test func `vectors that make no sense leave the first forecast as it is`() {
    var random = SplitMix64(seed: 5)
    let profiler = LengthProfiler()
    let profile = profile(&random)
    #expect(profiler.refine(profile, features: [.nan, 1]) == profile.forecast)
    #expect(profiler.refine(profile, features: [1, 2]) == profile.forecast)
  }

  @Test func `an answer that outgrows its forecast is given more, never cut`() {
    var random = SplitMix64(seed: 6)
    var profile = profile(&random)
    profile.forecast = LengthForecast(expected: 8, upperBound: 15)
    #expect(profile.footprint == profile.promptCount + 15)
    profile.generatedCount = 15
    #expect(profile.footprint == profile.promptCount + 31)
    profile.generatedCount = 800
    #expect(profile.footprint == profile.promptCount + 1024)
  }

  @Test func `the exponential is good to a millionth`() {
    for (x, truth) in [(Float(0), 1.0), (-1, 0.367_879_441), (-10, 4.539_993e-5), (-90, 0)] {
      #expect(abs(Double(exponential(x)) - truth) <= 1e-6 * max(truth, 1e-9))
    }
  }
}
