import Randomness

/// One request of a run, decided before the run begins.
package struct PlannedRequest: Sendable, Equatable {
  package var index: Int
  /// When it is to be sent, from the start of the run: the moment from which it is timed.
  package var arrival: Duration
  /// Its place among the workload's classes.
  package var classIndex: Int
  package var promptTokenCount: Int
  /// The length of the answer, which the server learns only by giving it.
  package var outputTokenCount: Int

  package init(
    index: Int,
    arrival: Duration,
    classIndex: Int,
    promptTokenCount: Int,
    outputTokenCount: Int
  ) {
    self.index = index
    self.arrival = arrival
    self.classIndex = classIndex
    self.promptTokenCount = promptTokenCount
    self.outputTokenCount = outputTokenCount
  }
}

/// Everything that is asked of a server in one run; equal seeds make equal requests.
package struct Workload: Sendable {
  /// When requests come.
  package enum Arrivals: Sendable {
    case process(GapDistribution, RateProfile, LengthSource)
    /// The trace's own times and lengths.
    case replay(TokenTrace)
  }

  package var arrivals: Arrivals
  package var classes: [ServiceClass]
  package var requestLimit: Int?
  package var seed: UInt64
  /// Prompt and answer together, where the server says how much it takes; longer rows are cut.
  package var contextLimit: Int?

  package init(
    arrivals: Arrivals,
    classes: [ServiceClass],
    requestLimit: Int? = nil,
    seed: UInt64,
    contextLimit: Int? = nil
  ) {
    precondition(classes.contains { $0.share > 0 }, "no class has a share")
    self.arrivals = arrivals
    self.classes = classes
    self.requestLimit = requestLimit
    self.seed = seed
    self.contextLimit = contextLimit
  }

  /// The requests, in the order of their arrival.
  package var requests: [PlannedRequest] { Array(planned) }

  /// The same, none of them kept.
  package var planned: PlannedRequests { PlannedRequests(self) }

  func plan(_ row: TokenTrace.Row, _ index: Int, classIndex: Int) -> PlannedRequest {
    let promptLimit = contextLimit.map { max($0 - 1, 1) } ?? .max
    let prompt = min(row.promptTokenCount, promptLimit)
    return PlannedRequest(
      index: index,
      arrival: row.arrival,
      classIndex: classIndex,
      promptTokenCount: prompt,
      outputTokenCount: min(
        row.outputTokenCount,
        outputTokenCap(classIndex: classIndex, promptTokenCount: prompt)
      )
    )
  }

  /// What a request of a class may ask for after a prompt of this length.
  package func outputTokenCap(classIndex: Int, promptTokenCount: Int) -> Int {
    let room = contextLimit.map { max($0 - promptTokenCount, 1) } ?? .max
    return min(classes[classIndex].outputTokenCap, room)
  }

  func drawClass(using generator: inout SplitMix64) -> Int {
    var rest = generator.unit() * classes.reduce(0) { $0 + $1.share }
    for (index, one) in classes.enumerated() {
      rest -= one.share
      if rest < 0 { return index }
    }
    return classes.lastIndex { $0.share > 0 } ?? 0
  }
}
