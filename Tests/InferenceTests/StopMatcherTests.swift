import Randomness
import Testing

@testable import Inference

@Suite struct StopMatcherTests {
  private func run(_ pieces: [String], stops: [String], including: Bool = false) -> [String] {
    var matcher = StopMatcher(stops: stops, includesStop: including)
    var released: [String] = []
    for piece in pieces {
      let (text, isStopped) = matcher.append(piece)
      released.append(text)
      if isStopped { return released }
    }
    return released + [matcher.finish()]
  }

  @Test func `without stops text passes through`() {
    #expect(run(["ab", "c"], stops: []) == ["ab", "c", ""])
  }

  @Test func `the beginning of a stop is held back until it is decided`() {
    #expect(run(["a<", "b", "<e", "nd>x"], stops: ["<end>"]) == ["a", "<b", "", ""])
    #expect(run(["a<e"], stops: ["<end>"]) == ["a", "<e"])
  }

  @Test func `the stop that begins first wins, and is kept on request`() {
    #expect(run(["one two"], stops: ["two", "one"]) == [""])
    #expect(run(["xone two"], stops: ["two", "one"], including: true) == ["xone"])
  }

  @Test func `characters of several bytes are never split`() {
    #expect(run(["é", "è", "ü"], stops: ["èx"]) == ["é", "", "èü", ""])
  }

  @Test(arguments: UInt64(0)..<200)
  func `however text is cut, the answer is what stands before the first stop`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let letters = Array("abé")
    func word(_ range: ClosedRange<Int>) -> String {
      String(
        (0..<Int.random(in: range, using: &random)).map { _ in
          letters[Int.random(in: 0..<3, using: &random)]
        }
      )
    }
    let stops = (0..<Int.random(in: 1...3, using: &random)).map { _ in word(1...4) }
    let pieces = (0..<20).map { _ in word(0...3) }
    // The first moment at which a stop is complete; of several then, the one that begins first.
    var truth = pieces.joined()
    var seen = ""
    for piece in pieces {
      seen += piece
      let starts = stops.compactMap { seen.firstRange(of: $0)?.lowerBound }
      if let start = starts.min() {
        truth = String(seen[..<start])
        break
      }
    }
    #expect(run(pieces, stops: stops).joined() == truth, "seed \(seed): \(stops) in \(pieces)")
  }
}
