import FoundationEssentials
import Scheduling
import Simulation
import TestSupport

/// Prompt and answer lengths of a recorded trace.
struct TraceLengths {
  let rows: [(prompt: Int, output: Int)]

  /// Reads the Azure LLM traces: a time stamp, prompt tokens, generated tokens; lengths are divided by `divisor`.
  init(path: String, dividedBy divisor: Int) throws {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    rows = text.split(whereSeparator: \.isNewline).dropFirst().compactMap { line in
      let fields = line.split(separator: ",")
      guard fields.count == 3, let prompt = Int(fields[1]), let output = Int(fields[2]) else {
        return nil
      }
      return (max(prompt / divisor, 1), max(min(output, 8_000) / divisor, 1))
    }
  }
}

/// Requests with the lengths of traces in random order, at the times of a Poisson process.
struct Load {
  /// 40 % interactive, 40 % standard, 20 % batch.
  let lengths: [(prompt: Int, output: Int, urgency: Int)]
  private let gaps: [Double]

  init(_ traces: [TraceLengths], count: Int, seed: UInt64) {
    var random = SplitMix64(seed: seed)
    lengths = (0..<count).map { _ in
      let trace = traces[Int.random(in: traces.indices, using: &random)]
      let row = trace.rows[Int.random(in: trace.rows.indices, using: &random)]
      let draw = Double.random(in: 0..<1, using: &random)
      return (row.prompt, row.output, draw < 0.4 ? 0 : draw < 0.8 ? 1 : 2)
    }
    gaps = (0..<count).map { _ in -logarithm(Double.random(in: 1e-12..<1, using: &random)) }
  }

  /// The requests at `rate` a second; all at once if that is infinite.
  func requests(rate: Double, classes: [ServiceClass]) -> [SimulatedRequest] {
    var seconds = 0.0
    return zip(lengths, gaps).map { length, gap in
      if rate.isFinite { seconds += gap / rate }
      return SimulatedRequest(
        arrival: .seconds(seconds),
        promptCount: length.prompt,
        outputCount: length.output,
        serviceClass: classes[length.urgency]
      )
    }
  }
}
