@testable import Scheduling

/// A stand-in for a language model that checks the scheduler's paper work.
///
/// What a row "computes" is a fingerprint of all tokens up to it, written into the block that the plan names. A row
/// first reads the fingerprints of all earlier positions through its block table, so a wrong table, a block
/// that is overwritten too early or a stale cache hit shows at once.
struct PaperModel {
  private var blocks: [[UInt64]]
  private let blockLength: Int
  /// Places where a row read something other than its own past.
  private(set) var faults: [String] = []

  init(blockCount: Int, blockLength: Int) {
    self.blockLength = blockLength
    blocks = Array(repeating: Array(repeating: 0, count: blockLength), count: blockCount)
  }

  static func fingerprints(_ tokens: [Int32]) -> [UInt64] {
    var state: UInt64 = 0xCBF2_9CE4_8422_2325
    return tokens.map { token in
      state = (state ^ UInt64(bitPattern: Int64(token))) &* 0x0000_0100_0000_01B3
      return state
    }
  }

  /// The greedy continuation of `tokens`, one at a time without any cache.
  static func continuation(of tokens: [Int32], count: Int) -> [Int32] {
    var tokens = tokens
    let start = tokens.count
    for _ in 0..<count { tokens.append(next(after: fingerprints(tokens).last ?? 0)) }
    return Array(tokens[start...])
  }

  /// Few distinct tokens, so that prefixes often coincide.
  private static func next(after fingerprint: UInt64) -> Int32 { Int32((fingerprint >> 32) % 3) }

  /// Runs a plan; `knownTokens` are the sequences' true histories.
  mutating func run(_ plan: StepPlan, knownTokens: [SequenceID: [Int32]]) -> [SequenceID: Int32] {
    var samples: [SequenceID: Int32] = [:]
    for entry in plan.entries {
      let truth = Self.fingerprints(knownTokens[entry.sequence] ?? [])
      for (offset, row) in entry.rows.enumerated() {
        let position = entry.firstPosition + offset
        for earlier in 0..<position where self[entry, earlier] != truth[earlier] {
          faults.append("\(entry.sequence) at \(position) reads a wrong block for \(earlier)")
        }
        if plan.tokens[row] != knownTokens[entry.sequence]?[position] {
          faults.append("\(entry.sequence) at \(position) computes a wrong token")
        }
        self[entry, position] = truth[position]
        if row == entry.rows.last, entry.isSampled {
          samples[entry.sequence] = Self.next(after: truth[position])
        }
      }
    }
    return samples
  }

  private subscript(entry: StepPlan.Entry, position: Int) -> UInt64 {
    get { blocks[Int(entry.blockTable[position / blockLength])][position % blockLength] }
    set { blocks[Int(entry.blockTable[position / blockLength])][position % blockLength] = newValue }
  }
}
