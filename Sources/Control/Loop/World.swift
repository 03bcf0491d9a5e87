/// Where observations come from; each world has one.
package protocol MetricSource {
  /// What is known now. Never fails: what could not be measured is missing, late or marked.
  ///
  /// `now` is the time since the world began, and the observation's time.
  func observe(at now: Duration) async -> Observation
}

/// What carries out actions; each world has one.
package protocol Actuator {
  /// Begins each action and answers without waiting for replicas to come or go; one result per action, in order.
  func apply(_ actions: [Action], at now: Duration) async -> [ActionResult]
}
