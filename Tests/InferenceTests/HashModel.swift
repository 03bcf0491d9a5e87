import Randomness
import Scheduling
import Tensors

@testable import Inference

/// A language model of a few lines whose every logit depends on all earlier tokens, through a KV cache in blocks.
///
/// A row's value is hashed from its token and from the values of all earlier positions *as its block table finds them*. A
/// wrong table, a block that was overwritten or a stale cache hit therefore changes the answer.
final class HashModel: ModelRunner {
  let vocabularyCount: Int
  private let blockLength: Int
  private var values: [UInt64]
  private let logits: Matrix
  private(set) var stepCount = 0
  private(set) var rowCount = 0

  init(vocabularyCount: Int = 32, blockCount: Int, blockLength: Int, maximumSampled: Int = 64) {
    self.vocabularyCount = vocabularyCount
    self.blockLength = blockLength
    // What a block holds before its first use is as wrong as can be.
    values = (0..<UInt64(blockCount * blockLength)).map { Self.mix($0, 0xBAD) }
    logits = Matrix(rowCapacity: maximumSampled, columnCount: vocabularyCount)
  }

  func forward(_ plan: StepPlan) -> Matrix {
    stepCount += 1
    rowCount += plan.tokens.count
    logits.rowCount = plan.sampledCount
    var sampled = 0
    for entry in plan.entries {
      var state: UInt64 = 0
      for (offset, row) in entry.rows.enumerated() {
        let position = entry.firstPosition + offset
        state = UInt64(bitPattern: Int64(plan.tokens[row]))
        for earlier in 0..<position { state = Self.mix(state, values[slot(entry, earlier)]) }
        values[slot(entry, position)] = state
      }
      guard entry.isSampled else { continue }
      writeLogits(of: state, row: sampled)
      sampled += 1
    }
    return logits
  }

  /// Between -4 and 4 in steps that are exact in float32, so that ties occur.
  private func writeLogits(of state: UInt64, row: Int) {
    for id in 0..<vocabularyCount {
      logits[row: row][id] = Float(Self.mix(state, UInt64(id)) >> 58) / 8 - 4
    }
  }

  private func slot(_ entry: StepPlan.Entry, _ position: Int) -> Int {
    Int(entry.blockTable[position / blockLength]) * blockLength + position % blockLength
  }

  private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    var generator = SplitMix64(seed: left &* 31 &+ right)
    return generator.next()
  }
}

/// Token 0 ends a text, 1 to 26 are letters, the others are digits and signs.
struct LetterDecoder: TextDecoding {
  static let alphabet = Array(".abcdefghijklmnopqrstuvwxyz 0123456789")

  mutating func append(_ id: Int32) -> String {
    String(Self.alphabet[Int(id) % Self.alphabet.count])
  }
  mutating func finish() -> String { "" }
}
