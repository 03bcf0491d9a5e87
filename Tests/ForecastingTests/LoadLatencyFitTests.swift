import Control
import Learning
import Randomness
import Testing

@testable import Forecasting

@Suite struct LoadLatencyFitTests {
  /// `1 ms + 0.8 / (100 − rate)`, up to 90 requests/s, with this much noise.
  private func samples(noise: Double, seed: UInt64 = 1) -> [LoadLatencySample] {
    var generator = SplitMix64(seed: seed)
    return (1...90).map { rate in
      let latency = 0.001 + 0.8 / (100 - Double(rate))
      let factor = 1 + noise * Double.random(in: -1...1, using: &generator)
      return LoadLatencySample(rate: Double(rate), latency: latency * factor)
    }
  }

  @Test func `a curve without noise is found`() throws {
    let curve = try #require(
      LoadLatencyFit(samples(noise: 0)).curve(quantile: 0.95, cores: 0.5)
    )
    #expect(curve.isSound && curve.error < 0.02)
    for rate in [0.0, 30, 60, 80, 90] {
      let exact = 0.001 + 0.8 / (100 - rate)
      let found = try #require(curve.latency(at: rate))
      #expect(abs(found / exact - 1) < 0.03, "at \(rate)")
    }
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func `noise moves it little, and its error says how noisy the samples are`(seed: UInt64) throws {
    let curve = try #require(
      LoadLatencyFit(samples(noise: 0.2, seed: seed)).curve(quantile: 0.95, cores: 0.5)
    )
    let found = try #require(curve.latency(at: 60))
    #expect(abs(found / (0.001 + 0.8 / 40) - 1) < 0.15)
    // Evenly spread within a fifth: a tenth in the mean.
    #expect((0.07...0.14).contains(curve.error), "\(curve.error)")
  }

  @Test func `nothing is said beyond what was measured`() throws {
    let curve = try #require(
      LoadLatencyFit(samples(noise: 0)).curve(quantile: 0.95, cores: 0.5)
    )
    #expect(curve.testedRate == 90)
    #expect(curve.latency(at: 90.1) == nil && curve.latency(at: -1) == nil)
  }

  @Test func `few samples, or one load, or a latency that falls fix no curve`() {
    let few = Array(samples(noise: 0).prefix(9))
    let same = (0..<20).map { LoadLatencySample(rate: 10, latency: 0.01 + Double($0) / 1000) }
    let falling = (1...20).map { LoadLatencySample(rate: Double($0), latency: 1 / Double($0)) }
    for samples in [few, same, falling] {
      #expect(LoadLatencyFit(samples).curve(quantile: 0.95, cores: 1) == nil)
    }
  }

  @Test func `the nearest series that never falls`() {
    #expect(isotonic([1, 3, 2, 4]) == [1, 2.5, 2.5, 4])
    #expect(isotonic([3, 2, 1]) == [2, 2, 2])
    #expect(isotonic([1, 2, 3]) == [1, 2, 3])
    #expect(isotonic([]).isEmpty)
  }
}
