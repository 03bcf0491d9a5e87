/// A kind of request: how often it comes, how long its answer may be, and what it is promised.
package struct ServiceClass: Sendable, Equatable {
  package var name: String
  /// Its part of all requests, relative to the other classes'.
  package var share: Double
  /// What the client sends as `max_tokens`; the true length stays hidden.
  package var outputTokenCap: Int
  package var objectives: Objectives

  package init(
    name: String,
    share: Double = 1,
    outputTokenCap: Int = 1_024,
    objectives: Objectives = Objectives()
  ) {
    self.name = name
    self.share = share
    self.outputTokenCap = outputTokenCap
    self.objectives = objectives
  }
}

/// What a request is promised, nil for no promise; a good request keeps all of them.
package struct Objectives: Sendable, Equatable {
  package var timeToFirstToken: Duration?
  package var timePerOutputToken: Duration?
  package var endToEnd: Duration?

  package init(
    timeToFirstToken: Duration? = nil,
    timePerOutputToken: Duration? = nil,
    endToEnd: Duration? = nil
  ) {
    self.timeToFirstToken = timeToFirstToken
    self.timePerOutputToken = timePerOutputToken
    self.endToEnd = endToEnd
  }

  package var isEmpty: Bool { self == Objectives() }
}
