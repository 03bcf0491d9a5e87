import Randomness

/// Where the lengths of prompts and answers come from.
package enum LengthSource: Sendable, Equatable {
  /// Uniform draws, both ends included.
  case uniform(prompt: ClosedRange<Int>, output: ClosedRange<Int>)
  /// Rows of a trace, drawn at random: its lengths without its times.
  case drawn(from: TokenTrace)

  func draw(using generator: inout SplitMix64) -> (prompt: Int, output: Int) {
    switch self {
    case .uniform(let prompt, let output):
      return (
        Int.random(in: prompt, using: &generator), Int.random(in: output, using: &generator)
      )
    case .drawn(let trace):
      let row = trace.rows[Int.random(in: trace.rows.indices, using: &generator)]
      return (row.promptTokenCount, row.outputTokenCount)
    }
  }
}
