import Glibc
import Tensors

/// Log-probabilities of the model's own distribution, as vLLM reports them: before bias, penalties and temperature.
struct LogprobReport {
  private var best = TopCandidates()
  private var raw: [Float] = []
  private var normaliser: Float = 0

  /// Notes a row before it is adjusted.
  mutating func read(_ logits: UnsafeMutableBufferPointer<Float>, topCount: Int) {
    raw.removeAll(keepingCapacity: true)
    raw.append(contentsOf: logits)
    let maximum = logits[logits.indexOfLargest]
    let sum = logits.reduce(0) { $0 + Double(expf($1 - maximum)) }
    normaliser = maximum + Float(log(sum))
    best.select(topCount, from: logits)
  }

  /// Impossible tokens get vLLM's -9999, as JSON knows no infinity.
  private func logprob(_ logit: Float) -> Float { max(logit - normaliser, -9999) }

  /// What to tell of the token that was chosen from the row.
  func token(_ id: Int32) -> GeneratedToken {
    GeneratedToken(
      id: id,
      logprob: logprob(raw[Int(id)]),
      topLogprobs: best.candidates.map {
        TokenLogprob(id: $0.id, logprob: logprob($0.score))
      }
    )
  }
}
