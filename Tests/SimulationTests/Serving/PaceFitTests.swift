import Randomness
import Scheduling
import Testing

@testable import Simulation

@Suite struct PaceFitTests {
  private static let truth = EnginePace(microseconds: [3_000, 200, 400, 0.3, 1.2, 0, 60])

  /// Steps of that machine, each off by up to `noise`.
  private func steps(_ count: Int, noise: Double, seed: UInt64) -> [StepSample] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in
      var step = StepSample()
      step.promptRowCount = Int.random(in: 0...256, using: &random)
      step.promptPositionCount = step.promptRowCount * Int.random(in: 1...300, using: &random)
      step.decodingRowCount = Int.random(in: 0...40, using: &random)
      step.decodingPositionCount = step.decodingRowCount * Int.random(in: 1...300, using: &random)
      step.sampleCount = step.decodingRowCount + Int.random(in: 0...2, using: &random)
      let factor = 1 + Double.random(in: -noise...noise, using: &random)
      step.duration = .microseconds(Int64(Self.truth.expectation(step) * factor))
      return step
    }
  }

  @Test func `a machine that keeps to the model is found exactly`() throws {
    let fit = try #require(PaceFit(steps(500, noise: 0, seed: 1)))
    for (found, real) in zip(fit.pace.microseconds, Self.truth.microseconds) {
      #expect(abs(found - real) <= 0.01 * real + 0.5)
    }
    #expect(fit.largeError < 0.002 && abs(fit.bias - 1) < 0.001)
  }

  @Test func `noise is reported, and reappears in the steps that are drawn`() throws {
    let fit = try #require(PaceFit(steps(4_000, noise: 0.2, seed: 2)))
    #expect(abs(fit.medianError - 0.1) < 0.02 && abs(fit.largeError - 0.18) < 0.02)
    var variation = PaceVariation(fit.pace, seed: 3)
    let draws = (0..<4_000).map { _ in variation.next() }.sorted()
    #expect(abs(draws[2_000] - 1) < 0.03)
    #expect(draws[0] > 0.75 && draws[3_999] < 1.25 && draws[3_999] - draws[0] > 0.3)
  }

  @Test func `a machine that is slow for a while is slow for a while again`() throws {
    var measured = steps(2_000, noise: 0.02, seed: 5)
    for index in measured.indices where index / 500 == 2 {
      measured[index].duration = measured[index].duration * 1.5
    }
    let fit = try #require(PaceFit(measured))
    var variation = PaceVariation(fit.pace, seed: 1)
    let draws = (0..<20_000).map { _ in variation.next() > 1.25 }
    let changeCount = zip(draws, draws.dropFirst()).count { $0 != $1 }
    // A quarter of the steps, a few hundred of them at a time.
    #expect((3_000...7_000).contains(draws.count { $0 }))
    #expect((10...150).contains(changeCount), "\(changeCount) changes")
  }

  @Test func `steps that hang do not bend the fit`() throws {
    var measured = steps(1_000, noise: 0.02, seed: 4)
    for index in stride(from: 0, to: 1_000, by: 50) { measured[index].duration *= 20 }
    let fit = try #require(PaceFit(measured))
    for (found, real) in zip(fit.pace.microseconds, Self.truth.microseconds) where real > 0 {
      #expect(abs(found / real - 1) < 0.1)
    }
  }

  @Test func `no coefficient is negative, and a handful of steps is no machine`() {
    for seed in 0..<20 as Range<UInt64> {
      let fit = PaceFit(steps(100, noise: 0.5, seed: seed))
      #expect(fit?.pace.microseconds.allSatisfy { $0 >= 0 } == true, "seed \(seed)")
    }
    #expect(PaceFit(steps(99, noise: 0, seed: 1)) == nil)
  }
}
