/// Finds stop texts in a growing answer and holds back what may be the beginning of one.
///
/// Works on UTF-8: a stop text begins at a character's first byte, so text is never cut within a character.
struct StopMatcher {
  private let stops: [[UInt8]]
  private let includesStop: Bool
  private var held: [UInt8] = []

  init(stops: [String], includesStop: Bool) {
    self.stops = stops.map { Array($0.utf8) }
    self.includesStop = includesStop
  }

  /// Takes new text; returns what is certain to be part of the answer, and whether a stop text ended it.
  ///
  /// As soon as one is complete the answer is over; of several at once, the one that begins first.
  /// - Complexity: O(held and new text · length of the stop texts).
  mutating func append(_ text: String) -> (text: String, isStopped: Bool) {
    guard !stops.isEmpty else { return (text, false) }
    held.append(contentsOf: text.utf8)
    for start in held.indices {
      if let stop = stops.first(where: { held[start...].starts(with: $0) }) {
        return (release(includesStop ? start + stop.count : start), true)
      }
    }
    let mayBegin = held.indices.first { start in
      stops.contains { $0.starts(with: held[start...]) }
    }
    return (release(mayBegin ?? held.count), false)
  }

  /// What is still held back, when the answer ends for another reason.
  mutating func finish() -> String { release(held.count) }

  private mutating func release(_ count: Int) -> String {
    defer { held.removeFirst(count) }
    return String(decoding: held[..<count], as: UTF8.self)
  }
}
