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
    package var cost: StepCostModel

    package init(
      scheduler: Scheduler.Configuration,
      policy: PolicyName,
      placeCount: Int = 1_280,
      cost: StepCostModel
    ) {
      self.scheduler = scheduler
      self.policy = policy
      self.cost = cost
      admission = Admission.Limits(
        requestCount: placeCount,
        queuedPromptTokenCount: 4_194_304,
        rule: policy.admission
      )
    }
  }

  private struct Progress {
    let index: Int
    var generatedCount = 0
    var firstToken: Duration?
  }

  private let configuration: Configuration
  private let requests: [SimulatedRequest]
  package private(set) var scheduler: Scheduler
  private var admission: Admission
  private var now = Duration.zero
  private var nextIndex = 0
  private var live: [RequestID: Progress] = [:]
  private var outcomes: [SimulatedOutcome?]
  package private(set) var stepCount = 0
  /// Time in which the engine computed.
  package private(set) var busyTime = Duration.zero

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
      predictor: configuration.policy.makePredictor()
    )
    admission = Admission(configuration.admission)
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
      if scheduler.isIdle { now = max(now, requests[nextIndex].arrival) }
      while nextIndex < requests.count, requests[nextIndex].arrival <= now { arrive() }
      if !scheduler.isIdle { step() }
    }
    return outcomes.map { outcome in
      guard let outcome else { preconditionFailure("a request was lost") }
      return outcome
    }
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
        arrival: request.arrival,
        serviceClass: request.serviceClass,
        tenant: request.tenant,
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
    precondition(!plan.entries.isEmpty, "\(scheduler.waitingCount) wait and nobody runs")
    let duration = configuration.cost.duration(of: plan.load)
    now += duration
    busyTime += duration
    stepCount += 1
    let samples = plan.entries.filter(\.isSampled).map { sample($0.sequence) }
    scheduler.apply(StepResult(duration: duration, samples: samples))
    admission.note(prefillRate: scheduler.prefillRate.tokensPerSecond)
  }

  private mutating func sample(_ sequence: SequenceID) -> StepResult.Sample {
    guard var progress = live[sequence.request] else {
      preconditionFailure("\(sequence) is served but not live")
    }
    let request = requests[progress.index]
    progress.generatedCount += 1
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

  private mutating func note(_ index: Int, _ ending: SimulatedOutcome.Ending) {
    precondition(outcomes[index] == nil, "request \(index) ends twice")
    outcomes[index] = SimulatedOutcome(request: requests[index], ending: ending)
  }
}
