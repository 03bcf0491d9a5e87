import Glibc
import Randomness
import Tensors

/// Draws tokens from logits; keeps only scratch memory between calls.
///
/// Order of operations, after vLLM and Hugging Face: temperature, top-k, top-p, min-p, draw. Bias and penalties come
/// before it (``TokenHistory``). Among equally likely tokens the lower id goes first, so a draw depends on the
/// row's bits and the generator alone.
struct Sampler {
  private var best = TopCandidates()

  /// The next token; overwrites the logits.
  mutating func sample(
    _ logits: UnsafeMutableBufferPointer<Float>,
    _ parameters: SamplingParameters,
    _ generator: inout SplitMix64
  ) -> Int32 {
    let likeliest = logits.indexOfLargest
    let maximum = logits[likeliest]
    // Logits of which none is finite leave nothing to draw from.
    guard parameters.temperature > 0, maximum.isFinite else { return Int32(likeliest) }
    let draw = generator.unit()
    let weight: (Float) -> Float = { expf(($0 - maximum) / parameters.temperature) }
    if let topK = parameters.topK, topK < logits.count {
      best.select(topK, from: logits)
      best.mapScores(weight)
      let total = best.candidates.reduce(0) { $0 + Double($1.score) }
      return drawBest(within: total, parameters, draw)
    }
    for index in logits.indices { logits[index] = weight(logits[index]) }
    guard parameters.topP < 1 else { return Self.draw(logits, minP: parameters.minP, draw) }
    let total = logits.reduce(0) { $0 + Double($1) }
    selectBest(holding: Double(parameters.topP) * total, from: logits)
    return drawBest(within: total, parameters, draw)
  }

  /// Finds the likeliest tokens that together hold `mass`, sorting few of them where the distribution is peaked.
  private mutating func selectBest(
    holding mass: Double,
    from weights: UnsafeMutableBufferPointer<Float>
  ) {
    for cutoff: Float in [0x1p-6, 0x1p-12, 0x1p-24, 0] {
      best.select(atLeast: cutoff, from: weights)
      if best.candidates.reduce(0, { $0 + Double($1.score) }) >= mass { return }
    }
  }

  /// Draws among the selected candidates, cut by top-p of `total` and then by min-p.
  private func drawBest(
    within total: Double,
    _ parameters: SamplingParameters,
    _ draw: Double
  ) -> Int32 {
    var (mass, count) = (0.0, 0)
    for candidate in best.candidates where candidate.score >= parameters.minP || count == 0 {
      if count > 0, parameters.topP < 1, mass >= Double(parameters.topP) * total { break }
      mass += Double(candidate.score)
      count += 1
    }
    var left = draw * mass
    for candidate in best.candidates.prefix(count) {
      left -= Double(candidate.score)
      if left < 0 { return candidate.id }
    }
    return best.candidates[count - 1].id
  }

  /// Draws among all tokens in the order of their ids; the likeliest has weight 1.
  private static func draw(
    _ weights: UnsafeMutableBufferPointer<Float>,
    minP: Float,
    _ draw: Double
  ) -> Int32 {
    var total = 0.0
    for weight in weights where weight >= minP { total += Double(weight) }
    var left = draw * total
    var last = 0
    for index in weights.indices where weights[index] >= minP && weights[index] > 0 {
      last = index
      left -= Double(weights[index])
      if left < 0 { break }
    }
    return Int32(last)
  }
}
