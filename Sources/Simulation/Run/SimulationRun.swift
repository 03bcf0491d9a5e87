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
    let timeline = Timeline(of: world)
    let note = { (observation: Observation) in
      keep(observation)
      timeline.add(observation)
    }
    guard let policy else {
      for time in ticks(every: observationInterval) { note(world.observe(at: time)) }
      return report(world, timeline, policy: nil)
    }
    var loop = ControlLoop(
      application,
      policy: policy,
      guardrails: guardrails,
      source: ObservationRecorder(world, keep: note),
      actuator: world,
      journal: journal
    )
    for time in ticks(every: loop.interval) {
      world.advance(to: time)
      await loop.tick(at: time)
    }
    return report(world, timeline, policy: policy.descriptor.name)
  }

  private func ticks(every interval: Duration) -> some Sequence<Duration> {
    sequence(first: interval) { $0 + interval }.prefix { $0 <= duration }
  }

  private func report(
    _ world: SimulatedWorld,
    _ timeline: Timeline,
    policy: String?
  ) -> SimulationReport {
    world.advance(to: duration)
    return SimulationReport(world, timeline: timeline.moments, policy: policy, seed: seed)
  }
}

/// Keeps of each observation what a plot needs.
private final class Timeline {
  private let world: SimulatedWorld
  private(set) var moments: [SimulationReport.Moment] = []

  init(of world: SimulatedWorld) { self.world = world }

  func add(_ observation: Observation) {
    moments.append(SimulationReport.Moment(observation, in: world))
  }
}
