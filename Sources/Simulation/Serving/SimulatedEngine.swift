package import Scheduling

/// An engine on a virtual clock: the real scheduler and admission, with a cost model in place of the network.
///
/// Deterministic: the same requests lead to the same outcomes.
package struct SimulatedEngine {
  package struct Configuration: Sendable {
    package var scheduler: Scheduler.Configuration
    package var policy: PolicyName
    package var stages: PlimsollPolicy.Stages = .usual
    package var admission: Admission.Limits
    /// How long steps really take; the scheduler starts without knowing and learns from them.
    package var pace: EnginePace
    /// After how long clients hang up; nil for never.
    package var patience: Duration?
    /// Decides how steps vary.
    package var seed: UInt64 = 0
    /// Predicts lengths; the policy's own where it is nil.
    package var predictor: (any LengthPredictor)?
    /// What the experts of a mixture add to that; nil for other models.
    package var mixture: MixtureCost?
    /// Trades quality for latency, exactly as on the real engine.
    package var brownout: BrownoutController?

    package init(
      scheduler: Scheduler.Configuration,
      policy: PolicyName,
      placeCount: Int = 1_280,
      pace: EnginePace
    ) {
      self.scheduler = scheduler
      self.policy = policy
      self.pace = pace
      admission = Admission.Limits(
        requestCount: placeCount,
        queuedPromptTokenCount: 4_194_304,
        rule: policy.admission
      )
    }

    fileprivate func duration(of plan: StepPlan) -> Duration {
      let duration = pace.duration(of: plan)
      guard let mixture else { return duration }
      return duration
        + mixture.duration(
          rowCount: plan.load.rowCount,
          threshold: plan.brownout?.threshold ?? 1,
          fullQualityRowCount: plan.brownout?.fullQualityRows.reduce(0) { $0 + $1.count } ?? 0
        )
    }
  }

  private struct Progress {
    let index: Int
    var generatedCount = 0
    var firstToken: Duration?
    var latestToken: Duration?
  }

  private let configuration: Configuration
  private let requests: [SimulatedRequest]
  package private(set) var scheduler: Scheduler
  private var admission: Admission
  private var now = Duration.zero
  private var nextIndex = 0
  private var live: [RequestID: Progress] = [:]
  private var outcomes: [SimulatedOutcome?]
  private var chance: RandomStream
  package private(set) var stepCount = 0
  /// Time in which the engine computed.
  package private(set) var busyTime = Duration.zero
  /// Is told when each token came, and how long after the one before it or the request's arrival.
  package var observeToken: ((SimulatedToken) -> Void)?
  /// Is told of each step before it is computed.
  package var observeStep: ((StepPlan) -> Void)?

  /// `requests` in the order of their arrival.
  package init(_ configuration: Configuration, _ requests: [SimulatedRequest]) {
    precondition(
      zip(requests, requests.dropFirst()).allSatisfy { $0.arrival <= $1.arrival },
      "requests must come in the order of their arrival"
    )
    self.configuration = configuration
    self.requests = requests
    let longest = requests.map(\.promptCount).max() ?? 1
    scheduler = Scheduler(
      configuration.scheduler,
      policy: configuration.policy.makePolicy(
        maximumLength: longest + 1,
        stages: configuration.stages
      ),
      predictor: configuration.predictor ?? configuration.policy.makePredictor()
    )
    scheduler.brownout = configuration.brownout
    admission = Admission(configuration.admission)
    chance = RandomStream(seed: configuration.seed, name: "steps")
    outcomes = Array(repeating: nil, count: requests.count)
  }

  /// The outcomes of all requests, in the order of their arrival.
  package static func outcomes(
    of requests: [SimulatedRequest],
    _ configuration: Configuration
  ) -> [SimulatedOutcome] {
    var engine = SimulatedEngine(configuration, requests)
    return engine.run()
  }

  /// Serves all requests to their ends.
  package mutating func run() -> [SimulatedOutcome] {
    while nextIndex < requests.count || !scheduler.isIdle {
      if scheduler.isIdle { now = max(now, inlet(nextIndex)) }
      while nextIndex < requests.count, inlet(nextIndex) <= now { arrive() }
      if !scheduler.isIdle { step() }
    }
    return outcomes.map { outcome in
      guard let outcome else { preconditionFailure("a request was lost") }
      return outcome
    }
  }

  /// When a request reaches the engine.
  private func inlet(_ index: Int) -> Duration {
    requests[index].arrival + configuration.pace.perRequest
  }

  private mutating func arrive() {
    let index = nextIndex
    let request = requests[index]
    nextIndex += 1
    if let refusal = reserve(request) {
      return note(index, .refused(retryAfter: refusal.retryAfter))
    }
    let id = RequestID(rawValue: UInt64(index))
    let refusal = scheduler.add(
      Request(
        id: id,
        // Prompts share nothing.
        prompt: Array(repeating: Int32(truncatingIfNeeded: index), count: request.promptCount),
        maximumNewTokenCount: request.maximumOutputCount,
        arrival: inlet(index),
        serviceClass: request.serviceClass,
        tenant: request.tenant,
        deadline: configuration.patience.map { request.arrival + $0 },
        cacheSalt: UInt64(index),
        trueNewTokenCount: request.outputCount
      )
    )
    if refusal == nil {
      live[id] = Progress(index: index)
    } else {
      release(request, hasStarted: false)
      note(index, .impossible)
    }
  }

  private mutating func reserve(_ request: SimulatedRequest) -> Admission.Refusal? {
    let count = request.promptCount
    if let refusal = admission.reserve(promptTokenCount: count, at: now) { return refusal }
    guard let refusal = admission.classify(promptTokenCount: count, as: request.serviceClass)
    else { return nil }
    admission.start(promptTokenCount: count, serviceClass: nil)
    admission.release(at: now)
    return refusal
  }

  private mutating func release(_ request: SimulatedRequest, hasStarted: Bool) {
    if !hasStarted {
      admission.start(
        promptTokenCount: request.promptCount,
        serviceClass: request.serviceClass
      )
    }
    admission.release(at: now)
  }

  private mutating func step() {
    let plan = scheduler.plan(at: now)
    for id in plan.expired { hangUp(id) }
    guard !plan.entries.isEmpty else {
      precondition(scheduler.isIdle, "\(scheduler.waitingCount) wait and nobody runs")
      return
    }
    observeStep?(plan)
    let duration = configuration.duration(of: plan) * configuration.pace.variation(&chance)
    now += duration
    busyTime += duration
    stepCount += 1
    let samples = plan.entries.filter(\.isSampled).map { sample($0.sequence) }
    scheduler.apply(StepResult(duration: duration, samples: samples))
    admission.note(prefillRate: scheduler.prefillRate.tokensPerSecond)
  }

  private mutating func hangUp(_ id: RequestID) {
    guard let progress = live.removeValue(forKey: id) else {
      preconditionFailure("\(id) is served but not live")
    }
    note(progress.index, .abandoned)
    release(requests[progress.index], hasStarted: progress.firstToken != nil)
  }

  private mutating func sample(_ sequence: SequenceID) -> StepResult.Sample {
    guard var progress = live[sequence.request] else {
      preconditionFailure("\(sequence) is served but not live")
    }
    let request = requests[progress.index]
    progress.generatedCount += 1
    observe(
      SimulatedToken(
        request: progress.index,
        time: now,
        phase: progress.latestToken == nil ? .prefill : .decode,
        latency: now - (progress.latestToken ?? request.arrival)
      )
    )
    progress.latestToken = now
    if progress.firstToken == nil {
      progress.firstToken = now
      admission.start(
        promptTokenCount: request.promptCount,
        serviceClass: request.serviceClass
      )
    }
    let isLast = progress.generatedCount == request.outputCount
    if isLast {
      note(
        progress.index,
        .answered(firstToken: progress.firstToken ?? now, lastToken: now)
      )
      release(request, hasStarted: true)
    }
    live[sequence.request] = isLast ? nil : progress
    return StepResult.Sample(sequence: sequence, token: 1, isLast: isLast)
  }

  private mutating func observe(_ token: SimulatedToken) {
    scheduler.brownout?.observe(token.phase, token.latency, at: token.time)
    observeToken?(token)
  }

  private mutating func note(_ index: Int, _ ending: SimulatedOutcome.Ending) {
    precondition(outcomes[index] == nil, "request \(index) ends twice")
    outcomes[index] = SimulatedOutcome(request: requests[index], ending: ending)
  }
}
