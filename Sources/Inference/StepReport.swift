package import Scheduling

/// What one step was asked and how long it took: what a cost model is fitted to.
package struct StepReport: Sendable, Hashable {
  /// Since the engine's epoch.
  package let start: Duration
  package let duration: Duration
  package let load: StepLoad
  /// The part of the load that belongs to sequences that decode; the rest belongs to prompts.
  package let decoding: StepLoad
  /// Rows that predict a token.
  package let sampledCount: Int
  /// Sequences that wait for a seat.
  package let waitingCount: Int

  init(_ plan: StepPlan, waitingCount: Int, start: Duration, end: Duration) {
    self.start = start
    duration = end - start
    load = plan.load
    decoding = plan.decodingLoad
    sampledCount = plan.sampledCount
    self.waitingCount = waitingCount
  }
}
