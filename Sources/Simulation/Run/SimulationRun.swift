package import Applications
package import Control
import OrderedCollections

/// One run of an application in the simulated world, with a policy or without.
package struct SimulationRun {
  package var application: Application
  package var load: RateTrace
  package var duration: Duration
  package var seed: UInt64
  package var faults = FaultPlan()
  package var signalFaults = SignalFaultPlan()
  package var guardrails = Guardrails.essential
  /// How often a run without a policy is observed.
  package var observationInterval = Duration.seconds(15)

  /// A run of so long, or of the trace's own duration.
  package init(
    _ application: Application,
    load: RateTrace,
    duration: Duration? = nil,
    seed: UInt64 = 0
  ) {
    self.application = application
    self.load = load
    self.duration = duration ?? load.duration
    self.seed = seed
  }

  /// What a policy may be told of the load to come: all of it, where the run outlasts the trace too.
  package var foresight: LoadForesight {
    var rates = load.requestsPerSecond
    let stepCount = Int((duration / load.step).rounded(.up))
    rates += Array(repeating: rates[rates.count - 1], count: max(0, stepCount - rates.count))
    return LoadForesight(step: load.step, requestsPerSecond: rates)
  }

  /// Runs from the beginning; equal settings give equal reports.
  ///
  /// `keep` gets every observation that the policy sees.
  package func run(
    policy: (any Policy)? = nil,
    journal: any Journal = MemoryJournal(),
    keep: @escaping (Observation) -> Void = { _ in }
  ) async -> SimulationReport {
    let world = SimulatedWorld(
      application,
      load: load,
      faults: faults,
      signalFaults: signalFaults,
      seed: seed
    )
    let record = TimelineRecorder(world, keep)
    guard let policy else {
      for time in ticks(every: observationInterval) { _ = record.observe(at: time) }
      return report(world, record, policy: nil)
    }
    var loop = ControlLoop(
      application,
      policy: policy,
      guardrails: guardrails,
      source: record,
      actuator: world,
      journal: journal
    )
    for time in ticks(every: loop.interval) {
      world.advance(to: time)
      await loop.tick(at: time)
    }
    return report(world, record, policy: policy.descriptor.name)
  }

  private func ticks(every interval: Duration) -> some Sequence<Duration> {
    sequence(first: interval) { $0 + interval }.prefix { $0 <= duration }
  }

  private func report(
    _ world: SimulatedWorld,
    _ record: TimelineRecorder,
    policy: String?
  ) -> SimulationReport {
    world.advance(to: duration)
    return SimulationReport(world, timeline: record.timeline, policy: policy, seed: seed)
  }
}

/// Passes observations on, and keeps of each what a plot needs.
private final class TimelineRecorder: MetricSource {
  private let world: SimulatedWorld
  private let keep: (Observation) -> Void
  private(set) var timeline: [SimulationReport.Moment] = []

  init(_ world: SimulatedWorld, _ keep: @escaping (Observation) -> Void) {
    (self.world, self.keep) = (world, keep)
  }

  func observe(at now: Duration) -> Observation {
    let observation = world.observe(at: now)
    keep(observation)
    timeline.append(SimulationReport.Moment(observation, in: world))
    return observation
  }
}
