import Randomness
import Testing
import Transformer

@testable import Distillation

@Suite struct TextScoringTests {
  private func documents(seed: UInt64) -> [[Int32]] {
    var generator = SplitMix64(seed: seed)
    return (0..<5).map { _ in
      (0..<Int.random(in: 2...70, using: &generator)).map { _ in
        Int32.random(in: 0..<256, using: &generator)
      }
    }
  }

  @Test(arguments: 0..<5 as Range<UInt64>)
  func `scores do not depend on how the text is computed`(seed: UInt64) throws {
    let (_, model) = try TinyModel.load()
    let windows = TextScoring.windows(documents(seed: seed), length: 20, tokenLimit: .max)
    func scores(batch: Int, chunk: Int, _ brownout: Brownout?) -> [String] {
      let scores = TextScoring(windows: windows, batchSize: batch, chunkLength: chunk)
        .score(model, brownout: brownout) { #expect((0...1).contains($0)) }
      #expect(scores.tokenCount == windows.reduce(0) { $0 + $1.tokens.count - 1 })
      return (0..<scores.tokenCount).map { index in
        "\(scores.documents[index]) \(scores.tokens[index]) \(scores.guesses[index])"
          + " \(scores.logProbabilities[index])"
      }.sorted()
    }
    let expected = scores(batch: 1, chunk: 100, nil)
    #expect(scores(batch: 3, chunk: 1, nil) == expected)
    #expect(scores(batch: 4, chunk: 7, Brownout(threshold: 1)) == expected)
  }

  @Test
  func `the load of the experts is what the routers chose, however far steps are browned out`()
    throws
  {
    let (_, model) = try TinyModel.load()
    let windows = TextScoring.windows(documents(seed: 9), length: 20, tokenLimit: .max)
    let scoring = TextScoring(windows: windows, batchSize: 4, chunkLength: 1)
    let exact = scoring.score(model, brownout: nil) { _ in }
    let load = try #require(exact.expertLoad)
    for (layer, counts) in load.pairCounts.enumerated() {
      guard case .mixture(let mixture) = model.configuration.layers[layer].feedForward else {
        #expect(counts.isEmpty)
        continue
      }
      #expect(counts.count == mixture.expertCount)
      #expect(counts.reduce(0, +) == exact.tokenCount * mixture.topK)
      #expect(abs(load.shares[layer].reduce(0, +) - 1) < 1e-12)
    }
    #expect(load.pairCounts.joined().reduce(0, +) == exact.pairCount)
    // The first mixture sees what no brownout has touched yet.
    let skipped = scoring.score(model, brownout: Brownout(mode: .full, threshold: 0)) { _ in }
    #expect(skipped.expertLoad?.pairCounts.first == load.pairCounts.first)
  }

  @Test func `windows are spread over the text up to the limit`() {
    let documents = [Array(0..<100 as Range<Int32>), Array(100..<300)]
    let all = TextScoring.windows(documents, length: 10, tokenLimit: .max)
    #expect(all.flatMap(\.tokens) == Array(0..<300))
    #expect(all.map(\.document).filter { $0 == 0 }.count == 10)
    let some = TextScoring.windows(documents, length: 10, tokenLimit: 90)
    #expect(some.count == 10)
    #expect(some.first?.tokens.first == 0 && some.last?.tokens.first == 270)
  }

  @Test func `an interval contains its value and shrinks to it when documents are alike`() {
    let documents = (0..<400).map { $0 / 20 }
    let alike = Estimate.bootstrap([documents.map { _ in 0.25 }], documents: documents) {
      $0[0] / $1
    }
    #expect(alike == Estimate(value: 0.25, low: 0.25, high: 0.25))
    var generator = SplitMix64(seed: 1)
    let noise = documents.map { _ in Double.random(in: 0...1, using: &generator) }
    let mean = Estimate.bootstrap([noise], documents: documents) { $0[0] / $1 }
    #expect(mean.low < mean.value && mean.value < mean.high)
    // The standard error of such a mean is 0.29 / √400.
    #expect((0.035...0.08).contains(mean.high - mean.low))
  }

  @Test func `bfloat16 is rounded to nearest, ties to even`() {
    #expect(Float(1).bfloat16Bits == 0x3F80)
    #expect(Float(bitPattern: 0x3F80_8000).bfloat16Bits == 0x3F80)
    #expect(Float(bitPattern: 0x3F81_8000).bfloat16Bits == 0x3F82)
    #expect(Float(bitPattern: 0x3F80_8001).bfloat16Bits == 0x3F81)
    #expect(Float.greatestFiniteMagnitude.bfloat16Bits == 0x7F80)
    #expect(Float.nan.bfloat16Bits & 0x7FFF > 0x7F80)
  }
}
