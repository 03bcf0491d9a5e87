import Randomness

/// Makes prompts of a wanted length that share no beginning, so that no prefix cache shortens the work.
package enum PromptSource: Sendable, Equatable {
  /// Ordinary tokens of the server's vocabulary: prompts have exactly the wanted length.
  case tokens([Int])
  /// Words, for servers that do not show their tokens, and for chats; lengths are then estimates.
  case words(tokensPerWord: Double)

  /// Words to learn tokens from, and to make text of.
  package static let words = """
    sea harbour lantern river stone morning winter garden window letter bridge captain island silver \
    forest mountain summer bread candle thread wheel clock story music paper ocean valley storm feather \
    anchor market village tower queen king daughter brother shepherd wolf fox bear horse apple golden \
    little ancient quiet bright heavy gentle clever hungry yellow green white black north south under \
    over between carried found opened answered followed listened wandered gathered promised remembered \
    because before after while until when there where then once never always often again together
    """.split(separator: " ").map(String.init)

  /// The prompt of the request at `index`: the same for the same seed.
  package func prompt(tokenCount: Int, index: Int, seed: UInt64) -> Prompt {
    var generator = SplitMix64(seed: seed, part: 16 + UInt64(index))
    switch self {
    case .tokens(let pool):
      return .tokens(
        (0..<tokenCount).map { _ in pool[Int(generator.next(upperBound: UInt64(pool.count)))] }
      )
    case .words(let tokensPerWord):
      let count = max(1, Int((Double(tokenCount) / tokensPerWord).rounded()))
      let words = (0..<count).map { _ in
        Self.words[Int(generator.next(upperBound: UInt64(Self.words.count)))]
      }
      return .text(words.joined(separator: " "))
    }
  }
}

extension PromptSource: CustomStringConvertible {
  package var description: String {
    switch self {
    case .tokens(let pool): "random tokens out of \(pool.count)"
    case .words(let tokensPerWord): "random words, about \(tokensPerWord) tokens each"
    }
  }
}

/// A prompt as it is sent.
package enum Prompt: Sendable, Equatable {
  case tokens([Int])
  case text(String)
}
