package import Applications
package import Simulation

/// What every policy of a comparison is put to: one application under one load, in one world.
package struct Scenario: Sendable {
  package var application: Application
  /// The document that the application was read from; a changed byte makes other runs.
  package var document: String
  package var load: RateTrace
  package var duration: Duration
  package var meanTimeToCrash: Duration?
  /// The share of signals that never reach the policy, 0 to 1.
  package var missingSignals: Double
  package var world: World
  /// Of the program: another version's runs are not taken for this one's.
  package var version: String

  package init(
    _ application: Application,
    document: String,
    load: RateTrace,
    duration: Duration,
    meanTimeToCrash: Duration? = nil,
    missingSignals: Double = 0,
    world: World = .simulated,
    version: String
  ) {
    self.application = application
    self.document = document
    self.load = load
    self.duration = duration
    self.meanTimeToCrash = meanTimeToCrash
    self.missingSignals = missingSignals
    self.world = world
    self.version = version
  }

  /// Where a run takes place.
  package enum World: String, Hashable, Sendable, CaseIterable {
    case simulated, local
  }

  /// One run of it, without a policy.
  package func run(seed: UInt64) -> SimulationRun {
    var run = SimulationRun(application, load: load, duration: duration, seed: seed)
    run.faults.meanTimeToCrash = meanTimeToCrash
    run.signalFaults.missing = missingSignals
    return run
  }

  /// Equal for scenarios whose runs are equal.
  package var digest: Digest {
    var digest = Digest()
    digest.add(version)
    digest.add(document)
    digest.add("\(load.step.components)")
    for rate in load.requestsPerSecond { digest.add(rate.bitPattern) }
    digest.add("\(duration.components)")
    digest.add(meanTimeToCrash.map { "\($0.components)" } ?? "never")
    digest.add(missingSignals.bitPattern)
    digest.add(world.rawValue)
    digest.add("\(run(seed: 0).guardrails)")
    digest.add("\(RunSeries.cellLimit)")
    return digest
  }
}
