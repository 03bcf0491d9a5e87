package import Applications

/// Observe, profile, predict, decide, guard, act, journal: one control loop over any world.
///
/// Owned by whoever owns the world's clock, who calls ``tick(at:)`` every ``interval``. The loop itself is a
/// value with no clock and no I/O; what suspends is the world's.
package struct ControlLoop {
  private let source: any MetricSource
  private let actuator: any Actuator
  private let journal: any Journal
  private var screen = SignalScreen()
  private var profiler: any Profiler
  private var forecaster: any Forecaster
  private var policy: any Policy
  private var rails: Guard
  private var outcomes: OutcomeTracker
  private var tickCount = 0

  package init(
    _ application: Application,
    policy: any Policy,
    guardrails: Guardrails = .standard,
    source: any MetricSource,
    actuator: any Actuator,
    journal: any Journal,
    profiler: (any Profiler)? = nil,
    forecaster: any Forecaster = PersistenceForecaster()
  ) {
    self.source = source
    self.actuator = actuator
    self.journal = journal
    self.policy = policy
    self.profiler = profiler ?? MovingProfiler(application)
    self.forecaster = forecaster
    rails = Guard(guardrails, for: application)
    outcomes = OutcomeTracker(application)
  }

  /// How often the policy wants to be asked.
  package var interval: Duration { policy.descriptor.interval }

  /// One round; returns what it decided and did, as it was journalled.
  @discardableResult
  package mutating func tick(at now: Duration) async -> JournalEntry {
    let observation = screen.pass(await source.observe(at: now))
    let profile = profiler.profile(observation)
    let prediction = forecaster.predict(from: observation, profile)
    let decision = policy.decide(
      on: Situation(observation: observation, profile: profile, prediction: prediction)
    )
    let verdicts = await act(on: rails.review(decision, in: observation), at: now)
    return await record(verdicts, decision.holds, observation)
  }

  /// Lets the world carry out what the guardrails left, and notes what it accepted.
  private mutating func act(on reviewed: [Verdict], at now: Duration) async -> [Verdict] {
    var verdicts = reviewed
    let due = verdicts.indices.filter { verdicts[$0].permitted != nil }
    let results = await actuator.apply(due.compactMap { verdicts[$0].permitted }, at: now)
    precondition(results.count == due.count, "\(results.count) results for \(due.count) actions")
    for (index, result) in zip(due, results) { verdicts[index].result = result }
    rails.settle(verdicts, at: now)
    return verdicts
  }

  /// Journals this round, and what became of earlier ones.
  private mutating func record(
    _ verdicts: [Verdict],
    _ holds: [Decision.Hold],
    _ observation: Observation
  ) async -> JournalEntry {
    let entry = JournalEntry(
      tick: tickCount,
      time: observation.time,
      policy: policy.descriptor.name,
      mode: rails.guardrails.mode,
      verdicts: verdicts,
      holds: holds,
      complaints: screen.complaints
    )
    tickCount += 1
    for outcome in outcomes.due(in: observation) { await journal.record(outcome) }
    outcomes.follow(entry, from: observation)
    if !entry.isEmpty { await journal.record(entry) }
    return entry
  }
}
