/// A world that was: shows what was observed then, and agrees to everything.
final class RecordedWorld: MetricSource, Actuator {
  private var coming: ArraySlice<Observation>

  init(_ observations: [Observation]) { coming = observations[...] }

  func observe(at now: Duration) -> Observation {
    guard let next = coming.popFirst() else { return Observation(time: now) }
    return next
  }

  func apply(_ actions: [Action], at now: Duration) -> [ActionResult] {
    actions.map { _ in .done }
  }
}

/// Passes a world's observations on to the controller, and keeps them.
package struct ObservationRecorder<Source: MetricSource>: MetricSource {
  private let source: Source
  private let keep: (Observation) -> Void

  package init(_ source: Source, keep: @escaping (Observation) -> Void) {
    self.source = source
    self.keep = keep
  }

  package func observe(at now: Duration) async -> Observation {
    let observation = await source.observe(at: now)
    keep(observation)
    return observation
  }
}
