import Scheduling

/// What a request's answer is held to: fixed before a run, from how long it takes on an idle machine.
package struct ServiceObjective: Sendable, Hashable {
  package var timeToFirstToken: Duration?
  package var timePerOutputToken: Duration?
  package var totalTime: Duration?

  package init(
    timeToFirstToken: Duration? = nil,
    timePerOutputToken: Duration? = nil,
    totalTime: Duration? = nil
  ) {
    self.timeToFirstToken = timeToFirstToken
    self.timePerOutputToken = timePerOutputToken
    self.totalTime = totalTime
  }

  /// Whether the answer kept it; one that was refused did not.
  package func isMet(by outcome: SimulatedOutcome) -> Bool {
    guard let first = outcome.timeToFirstToken, let pace = outcome.timePerOutputToken,
      let total = outcome.totalTime
    else { return false }
    return first <= timeToFirstToken ?? first && pace <= timePerOutputToken ?? pace
      && total <= totalTime ?? total
  }
}

/// How many of a group of requests kept their objective, refused ones counted.
package struct Attainment: Sendable, Hashable {
  package private(set) var count = 0
  package private(set) var metCount = 0

  package init() {}

  package mutating func note(isMet: Bool) {
    count += 1
    if isMet { metCount += 1 }
  }

  /// 0...1; 1 for nobody.
  package var share: Double { count == 0 ? 1 : Double(metCount) / Double(count) }
}
