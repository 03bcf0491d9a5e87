import Learning
import Randomness
package import Transformer

/// How well a model foresaw a text, token by token.
package struct TextScores: Sendable {
  /// The natural logarithm of each scored token's probability.
  package private(set) var logProbabilities: [Float] = []
  /// The likeliest token in each one's place.
  package private(set) var guesses: [Int32] = []
  /// The tokens that came.
  package private(set) var tokens: [Int32] = []
  /// The document of each.
  package private(set) var documents: [Int] = []
  /// What the model's mixtures read, over all steps.
  package var distinctExpertCount = 0
  package var pairCount = 0
  package var reroutedPairCount = 0
  package var stepCount = 0
  /// What the routers chose; nil where nothing was scored.
  package var expertLoad: ExpertLoad?

  package init() {}

  package var tokenCount: Int { tokens.count }

  package mutating func append(
    token: Int32,
    guess: Int32,
    logProbability: Float,
    document: Int
  ) {
    tokens.append(token)
    guesses.append(guess)
    logProbabilities.append(logProbability)
    documents.append(document)
  }

  package var losses: [Double] { logProbabilities.map { -Double($0) } }

  /// One where the likeliest token came, else zero.
  package var hits: [Double] { zip(tokens, guesses).map { $0 == $1 ? 1 : 0 } }

  /// One where the likeliest token is that of `reference`, else zero.
  package func agreements(with reference: TextScores) -> [Double] {
    precondition(tokens == reference.tokens, "scores of different texts")
    return zip(guesses, reference.guesses).map { $0 == $1 ? 1 : 0 }
  }

  package var distinctExpertsPerStep: Double {
    Double(distinctExpertCount) / Double(max(stepCount, 1))
  }

  package var reroutedShare: Double { Double(reroutedPairCount) / Double(max(pairCount, 1)) }
}

/// An estimate with its 95 % interval.
package struct Estimate: Sendable, Hashable {
  package let value: Double
  package let low: Double
  package let high: Double

  /// The value of `statistic` over all tokens, and the middle 95 % of its values over texts put together from whole
  /// documents drawn with replacement (the bootstrap).
  ///
  /// `statistic` gets the sum of each of `columns` and the number of tokens.
  package static func bootstrap(
    _ columns: [[Double]],
    documents: [Int],
    drawCount: Int = 2_000,
    _ statistic: (_ sums: [Double], _ count: Double) -> Double
  ) -> Estimate {
    let numbers = Set(documents).sorted()
    let places = Dictionary(uniqueKeysWithValues: numbers.enumerated().map { ($1, $0) })
    // For each document, the sums of the columns, then its number of tokens.
    let empty = Array(repeating: 0.0, count: columns.count + 1)
    var parts = Array(repeating: empty, count: numbers.count)
    for (token, document) in documents.enumerated() {
      guard let place = places[document] else { continue }
      for column in columns.indices { parts[place][column] += columns[column][token] }
      parts[place][columns.count] += 1
    }
    func value(_ parts: some Sequence<[Double]>) -> Double {
      var sums = empty
      for part in parts { for index in sums.indices { sums[index] += part[index] } }
      return statistic(Array(sums.dropLast()), sums[columns.count])
    }
    var generator = SplitMix64(seed: 1)
    let draws = (0..<drawCount).map { _ in
      value(parts.indices.lazy.map { _ in parts[Int.random(in: parts.indices, using: &generator)] })
    }.sorted()
    guard !draws.isEmpty else { return Estimate(value: value(parts), low: .nan, high: .nan) }
    return Estimate(
      value: value(parts),
      low: draws[Int(0.025 * Double(drawCount))],
      high: draws[Int(0.975 * Double(drawCount))]
    )
  }
}
