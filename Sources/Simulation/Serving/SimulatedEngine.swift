package import Scheduling

/// An engine on a virtual clock: the real scheduler and admission, with a cost model in place of the network.
///
/// Deterministic: the same requests lead to the same outcomes. Requests are taken when they arrive and forgotten when they
/// end, so a run's length costs no memory.
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
    let request: SimulatedRequest
    var generatedCount = 0
    var firstToken: Duration?
    var latestToken: Duration?
  }

  private let configuration: Configuration
  private var arrivals: any IteratorProtocol<SimulatedRequest>
  /// The next to arrive.
  private var upcoming: SimulatedRequest?
  package private(set) var scheduler: Scheduler
  private var admission: Admission
  private var now = Duration.zero
  private var arrivedCount = 0
  private var endedCount = 0
  private var live: [RequestID: Progress] = [:]
  private var variation: PaceVariation
  package private(set) var stepCount = 0
  /// Time in which the engine computed.
  package private(set) var busyTime = Duration.zero
  /// Is told when each token came, and how long after the one before it or the request's arrival.
  package var observeToken: ((SimulatedToken) -> Void)?
  /// Is told of each step before it is computed.
  package var observeStep: ((StepPlan) -> Void)?
  /// Is told what became of each request, by its place in the order of arrival, when it ends.
  package var observeOutcome: ((Int, SimulatedOutcome) -> Void)?

  /// `requests` in the order of their arrival.
  package init(_ configuration: Configuration, _ requests: [SimulatedRequest]) {
    self.init(configuration, requests, longestPrompt: requests.map(\.promptCount).max() ?? 1)
  }

  /// `requests` in the order of their arrival, each asked for when the one before it has arrived.
  package init(
    _ configuration: Configuration,
    _ requests: some Sequence<SimulatedRequest>,
    longestPrompt: Int
  ) {
    self.configuration = configuration
    arrivals = requests.makeIterator()
    upcoming = arrivals.next()
    scheduler = Scheduler(
      configuration.scheduler,
      policy: configuration.policy.makePolicy(
        maximumLength: longestPrompt + 1,
        stages: configuration.stages
      ),
      predictor: configuration.predictor ?? configuration.policy.makePredictor()
    )
    scheduler.brownout = configuration.brownout
    admission = Admission(configuration.admission)
    variation = PaceVariation(configuration.pace, seed: configuration.seed)
  }

  /// The outcomes of all requests, in the order of their arrival.
  package static func outcomes(
    of requests: [SimulatedRequest],
    _ configuration: Configuration
  ) -> [SimulatedOutcome] {
    var engine = SimulatedEngine(configuration, requests)
    var outcomes = [SimulatedOutcome?](repeating: nil, count: requests.count)
    engine.observeOutcome = { outcomes[$0] = $1 }
    engine.run()
    return outcomes.compactMap(\.self)
  }

  /// Requests that are neither still to come nor over.
  package var liveCount: Int { live.count }

  /// Serves all requests to their ends.
  package mutating func run() {
    while advance() {}
    precondition(endedCount == arrivedCount, "\(arrivedCount) came and \(endedCount) ended")
  }

  /// Lets in who has arrived and computes a step; false when all requests have ended.
  package mutating func advance() -> Bool {
    if scheduler.isIdle, let upcoming { now = max(now, inlet(upcoming)) }
    while let request = upcoming, inlet(request) <= now {
      upcoming = arrivals.next()
      precondition(
        upcoming.map { $0.arrival >= request.arrival } ?? true,
        "requests must come in the order of their arrival"
      )
      arrive(request)
    }
    if !scheduler.isIdle { step() }
    return upcoming != nil || !scheduler.isIdle
  }

  /// When a request reaches the engine.
  private func inlet(_ request: SimulatedRequest) -> Duration {
    request.arrival + configuration.pace.perRequest
  }

  private mutating func arrive(_ request: SimulatedRequest) {
    let index = arrivedCount
    arrivedCount += 1
    if let refusal = reserve(request) {
      return note(index, request, .refused(retryAfter: refusal.retryAfter))
    }
    let id = RequestID(rawValue: UInt64(index))
    let refusal = scheduler.add(schedulerRequest(id, request))
    if refusal == nil {
      live[id] = Progress(index: index, request: request)
    } else {
      release(request, hasStarted: false)
      note(index, request, .impossible)
    }
  }

  private func schedulerRequest(_ id: RequestID, _ request: SimulatedRequest) -> Request {
    Request(
      id: id,
      // Prompts share nothing.
      prompt: Array(
        repeating: Int32(truncatingIfNeeded: id.rawValue),
        count: request.promptCount
      ),
      maximumNewTokenCount: request.maximumOutputCount,
      arrival: inlet(request),
      serviceClass: request.serviceClass,
      tenant: request.tenant,
      deadline: configuration.patience.map { request.arrival + $0 },
      cacheSalt: id.rawValue,
      trueNewTokenCount: request.outputCount
    )
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
    scheduler.brownout?.observe(turnedAwayCount: admission.turnedAwayCount, at: now)
    let plan = scheduler.plan(at: now)
    for id in plan.expired { hangUp(id) }
    guard !plan.entries.isEmpty else {
      precondition(scheduler.isIdle, "\(scheduler.waitingCount) wait and nobody runs")
      return
    }
    observeStep?(plan)
    let duration = configuration.duration(of: plan) * variation.next()
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
    note(progress.index, progress.request, .abandoned)
    release(progress.request, hasStarted: progress.firstToken != nil)
  }

  private mutating func sample(_ sequence: SequenceID) -> StepResult.Sample {
    guard var progress = live[sequence.request] else {
      preconditionFailure("\(sequence) is served but not live")
    }
    let request = progress.request
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
        request,
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

  private mutating func note(
    _ index: Int,
    _ request: SimulatedRequest,
    _ ending: SimulatedOutcome.Ending
  ) {
    endedCount += 1
    observeOutcome?(index, SimulatedOutcome(request: request, ending: ending))
  }
}
