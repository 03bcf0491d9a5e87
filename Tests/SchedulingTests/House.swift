@testable import Scheduling

/// A scheduler with a paper model behind it, and the books that both are checked against.
struct House {
  private(set) var scheduler: Scheduler
  private(set) var model: PaperModel
  private(set) var requests: [RequestID: Request] = [:]
  /// Prompt and generated tokens of every sequence that is not over.
  private(set) var live: [SequenceID: [Int32]] = [:]
  private(set) var answers: [SequenceID: [Int32]] = [:]
  private(set) var gone: Set<RequestID> = []
  private(set) var preemptionCount = 0
  private(set) var cachedTokenCount = 0
  var now: Duration = .zero
  /// How long a step of a given load takes.
  var pace: (StepLoad) -> Duration = { .milliseconds(1 + $0.rowCount) }

  init(_ configuration: Scheduler.Configuration, _ contender: Contender = .reference) {
    scheduler = Scheduler(
      configuration,
      policy: contender.makePolicy(),
      predictor: contender.makePredictor()
    )
    model = PaperModel(
      blockCount: configuration.blockCount,
      blockLength: configuration.blockLength
    )
  }

  /// When the first of those came that have not had a seat.
  var oldestWaiting: Duration? {
    scheduler.waiting.states.filter { !$0.hasRun }.map(\.profile.arrival).min()
  }

  @discardableResult
  mutating func add(_ request: Request) -> Scheduler.Refusal? {
    if let refusal = scheduler.add(request) { return refusal }
    requests[request.id] = request
    for choice in 0..<request.choiceCount {
      live[SequenceID(request: request.id, choice: choice)] = request.prompt
    }
    return nil
  }

  mutating func cancel(_ id: RequestID) {
    scheduler.remove(id)
    forget(id)
  }

  /// One step, whose plan it returns; a cancellation may fall between the plan and its result.
  @discardableResult
  mutating func step(cancelling cancelled: RequestID? = nil) -> StepPlan {
    let plan = scheduler.plan(at: now)
    scheduler.checkInvariants()
    for id in plan.expired { forget(id) }
    preemptionCount += plan.preempted.count
    cachedTokenCount += plan.starts.reduce(0) { $0 + $1.cachedTokenCount }
    let sampled = model.run(plan, knownTokens: live)
    if let cancelled { cancel(cancelled) }
    let samples = plan.entries.compactMap { entry in
      sampled[entry.sequence].map { sample(entry.sequence, $0) }
    }
    let duration = pace(plan.load)
    now += duration
    scheduler.apply(StepResult(duration: duration, samples: samples))
    scheduler.checkInvariants()
    return plan
  }

  private mutating func sample(_ id: SequenceID, _ token: Int32) -> StepResult.Sample {
    live[id]?.append(token)
    let request = requests[id.request]
    let generated = live[id].map { $0.count - (request?.prompt.count ?? 0) } ?? 0
    let isLast = generated == request?.maximumNewTokenCount
    if isLast, let request, let tokens = live.removeValue(forKey: id) {
      answers[id] = Array(tokens[request.prompt.count...])
    }
    return StepResult.Sample(sequence: id, token: token, isLast: isLast)
  }

  private mutating func forget(_ id: RequestID) {
    gone.insert(id)
    live = live.filter { $0.key.request != id }
  }
}
