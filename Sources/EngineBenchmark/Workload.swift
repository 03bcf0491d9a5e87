import OrderedJSON

/// Prompts, how many tokens each is answered with, and how many are in the house at a time.
struct Workload: Sendable {
  let prompts: [[Int32]]
  let counts: [Int]
  /// The next prompt is handed in when one of so many has its answer.
  let clientCount: Int

  init(_ order: JSON) throws(Desk.Mistake) {
    prompts = try Self.arrays(order["prompts"], of: "prompts") { tokens in
      tokens.arrayValue?.compactMap { $0.integerValue.map { Int32(truncatingIfNeeded: $0) } }
    }
    counts = try Self.arrays(order["counts"], of: "counts", \.integerValue)
    guard counts.count == prompts.count, counts.allSatisfy({ $0 > 0 }) else {
      throw .badField("counts")
    }
    clientCount = order["together"]?.integerValue ?? prompts.count
    guard clientCount > 0 else { throw .badField("together") }
  }

  private static func arrays<Element>(
    _ json: JSON?,
    of name: String,
    _ parse: (JSON) -> Element?
  ) throws(Desk.Mistake) -> [Element] {
    let elements = json?.arrayValue?.compactMap(parse)
    guard let elements, elements.count == json?.arrayValue?.count else { throw .badField(name) }
    return elements
  }
}

/// What a client saw of one answer.
struct Reception: Sendable {
  /// The first token, for comparison with other engines.
  var firstToken: Int32?
  /// Seconds from the first prompt's handing in to each token.
  var times: [Double] = []
}

/// What the clients saw, and what the engine's steps were like.
struct Outcome {
  /// One for each prompt.
  let receptions: [Reception]
  let steps: [StepRecord]

  var json: JSON.Object {
    [
      "times": .array(receptions.map { .array($0.times.map { .number($0) }) }),
      "first": .array(receptions.map { .integer(Int($0.firstToken ?? -1)) }),
      "steps": .array(
        steps.map { [.integer($0.rowCount), .number($0.distinctExpertCount)] }
      ),
    ]
  }
}

/// One step of the engine.
struct StepRecord: Sendable {
  let rowCount: Int
  /// Experts that the step's rows visited, the mean over the layers; zero without a mixture.
  let distinctExpertCount: Double
}
