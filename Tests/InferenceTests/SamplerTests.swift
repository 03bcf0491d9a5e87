import Glibc
import Randomness
import Testing

@testable import Inference

@Suite struct SamplerTests {
  private func sample(
    _ logits: [Float],
    seed: UInt64 = 0,
    _ adjust: (inout SamplingParameters) -> Void = { _ in }
  ) -> Int32 {
    var parameters = SamplingParameters()
    adjust(&parameters)
    var sampler = Sampler()
    var generator = SplitMix64(seed: seed)
    var logits = logits
    return logits.withUnsafeMutableBufferPointer { sampler.sample($0, parameters, &generator) }
  }

  /// The same by sorting everything: the twin that the fast path is checked against.
  private func sampleBySorting(
    _ logits: [Float],
    seed: UInt64,
    _ parameters: SamplingParameters
  ) -> Int32 {
    var generator = SplitMix64(seed: seed)
    let draw = generator.unit()
    let maximum = logits.max() ?? 0
    var sorted = logits.indices.map {
      (id: Int32($0), weight: Double(expf((logits[$0] - maximum) / parameters.temperature)))
    }
    sorted.sort { $0.weight > $1.weight || ($0.weight == $1.weight && $0.id < $1.id) }
    if let topK = parameters.topK { sorted = Array(sorted.prefix(topK)) }
    let total = sorted.reduce(0) { $0 + $1.weight }
    var mass = 0.0
    sorted = Array(
      sorted.prefix { candidate in
        defer { mass += candidate.weight }
        return mass < Double(parameters.topP) * total
      }
    ).filter { $0.weight >= Double(parameters.minP) }
    if parameters.topK == nil, parameters.topP == 1 { sorted.sort { $0.id < $1.id } }
    var left = draw * sorted.reduce(0) { $0 + $1.weight }
    for candidate in sorted {
      left -= candidate.weight
      if left < 0 { return candidate.id }
    }
    return sorted.last?.id ?? 0
  }

  @Test func `temperature zero takes the likeliest, the lowest id among equals`() {
    #expect(sample([1, 3, 2, 3]) { $0.temperature = 0 } == 1)
  }

  @Test func `logits that are not numbers are never chosen greedily`() {
    #expect(sample([.nan, 1, .nan]) { $0.temperature = 0 } == 1)
    #expect(sample([-.infinity, -.infinity]) == 0)
  }

  @Test func `top-k of one is greedy at any temperature`() {
    for seed in UInt64(0)..<50 {
      let token = sample([1, 2, 5, 4], seed: seed) {
        $0.temperature = 9
        $0.topK = 1
      }
      #expect(token == 2)
    }
  }

  @Test func `a tiny top-p or a min-p of one leave only the likeliest`() {
    for seed in UInt64(0)..<50 {
      #expect(sample([1, 2, 2.5, 2], seed: seed) { $0.topP = 1e-6 } == 2)
      #expect(sample([1, 2, 2.5, 2], seed: seed) { $0.minP = 1 } == 2)
    }
  }

  @Test func `tokens are drawn as often as they are likely`() {
    let logits: [Float] = [0, 1, 2, -.infinity]
    var counts = [0, 0, 0, 0]
    for seed in UInt64(0)..<20_000 { counts[Int(sample(logits, seed: seed))] += 1 }
    let weights = logits.map { Double(expf($0)) }
    let total = weights.reduce(0, +)
    for (count, weight) in zip(counts, weights) {
      // Four standard deviations.
      let expected = 20_000 * weight / total
      #expect(abs(Double(count) - expected) <= 4 * expected.squareRoot())
    }
  }

  @Test(arguments: UInt64(0)..<300)
  func `partial selection draws what sorting everything would`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let logits = (0..<200).map { _ in Float.random(in: -20...20, using: &random).rounded() }
    var parameters = SamplingParameters()
    parameters.temperature = Float.random(in: 0.1...3, using: &random)
    parameters.topK = Bool.random(using: &random) ? Int.random(in: 1...250, using: &random) : nil
    parameters.topP = Bool.random(using: &random) ? Float.random(in: 0.05...1, using: &random) : 1
    parameters.minP = Bool.random(using: &random) ? Float.random(in: 0...1, using: &random) : 0
    if parameters.topK.map({ $0 >= 200 }) ?? false { parameters.topK = nil }
    let truth = sampleBySorting(logits, seed: seed, parameters)
    #expect(sample(logits, seed: seed) { $0 = parameters } == truth, "\(parameters)")
  }

  @Test(arguments: UInt64(0)..<50)
  func `the best few are those of a full sort`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var scores = (0..<100).map { _ in Float.random(in: 0...9, using: &random).rounded() }
    let count = Int.random(in: 0...100, using: &random)
    let sorted = scores.indices.sorted {
      scores[$0] > scores[$1] || (scores[$0] == scores[$1] && $0 < $1)
    }
    var best = TopCandidates()
    scores.withUnsafeMutableBufferPointer { best.select(count, from: $0) }
    #expect(best.candidates.map(\.id) == sorted.prefix(count).map(Int32.init))
  }
}
