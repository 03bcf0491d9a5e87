import Scheduling
import Tensors
import Transformer

/// The engine without its thread: takes requests in and serves them step by step.
///
/// Everything here runs on one thread; the ``Engine`` sees to that. Time is a parameter, so tests have their own.
final class EngineCore {
  /// What is asked of the engine from outside, between two steps.
  enum Order: Sendable {
    case serve(Submission)
    case cancel(RequestID)
  }

  private let runner: any ModelRunner
  private let makeDecoder: (_ skipsSpecialTokens: Bool) -> any TextDecoding
  private let configuration: EngineConfiguration
  private let metrics: EngineMetrics
  private let now: () -> Duration
  private(set) var scheduler: Scheduler
  private var generations: [RequestID: Generation] = [:]
  private var sampler = Sampler()
  private var report = LogprobReport()
  /// What the step's tokens led to, in the order of the plan's sampled entries.
  private var outcomes: [(generation: Generation, choice: Int, outcome: Choice.Outcome)] = []

  init(
    runner: any ModelRunner,
    configuration: EngineConfiguration,
    metrics: EngineMetrics,
    makeDecoder: @escaping (_ skipsSpecialTokens: Bool) -> any TextDecoding,
    now: @escaping () -> Duration
  ) {
    self.runner = runner
    self.configuration = configuration
    self.metrics = metrics
    self.makeDecoder = makeDecoder
    self.now = now
    scheduler = configuration.makeScheduler()
    scheduler.brownout = configuration.brownout
  }

  /// Plans, computes, samples, folds back in and tells the clients; false when there is nothing to do.
  func step() -> Bool {
    let start = now()
    let plan = scheduler.plan(at: start)
    note(plan, at: start)
    defer {
      metrics.observeState(scheduler)
      if let brownout = scheduler.brownout { metrics.brownout?.observe(brownout) }
    }
    guard !plan.entries.isEmpty else { return false }
    let logits = runner.forward(plan)
    if scheduler.brownout != nil, let counts = runner.expertCounts { book(counts, plan) }
    let samples = sample(plan, logits)
    let end = now()
    scheduler.apply(StepResult(duration: end - start, samples: samples))
    emit(at: end)
    metrics.observeStep(plan, duration: end - start)
    configuration.onStep?(
      StepReport(plan, waitingCount: scheduler.waitingCount, start: start, end: end)
    )
    return true
  }

  /// Books the experts that each request's rows needed.
  private func book(_ counts: ExpertCounts, _ plan: StepPlan) {
    for entry in plan.entries {
      generations[entry.sequence.request]?.noteExpertPairs(
        entry.rows.count * counts.pairCountPerRow,
        united: counts.reroutedPairCounts[entry.rows].reduce(0) { $0 + Int($1) }
      )
    }
    metrics.brownout?.observe(counts)
  }

  /// Takes in how many requests have been turned away so far, as brownout should have spared them that.
  func observe(turnedAwayCount: Int) {
    scheduler.brownout?.observe(turnedAwayCount: turnedAwayCount, at: now())
  }

  func follow(_ order: Order) {
    switch order {
    case .serve(let submission): serve(submission)
    case .cancel(let id): end(id, .cancelled) { $0.abort(nil) }
    }
  }

  /// Ends everything that is still being served.
  func stop() {
    for id in generations.keys.sorted() { end(id, .aborted) { $0.abort(.engineStopped) } }
  }

  private func serve(_ submission: Submission) {
    let request = submission.request
    let serviceClass = request.serviceClass ?? configuration.classes.defaultClass
    let refusal = scheduler.add(
      Request(
        id: submission.id,
        prompt: request.prompt,
        choiceCount: request.choiceCount,
        maximumNewTokenCount: submission.maximumTokenCount,
        arrival: submission.arrival,
        serviceClass: serviceClass,
        priority: request.priority,
        tenant: request.tenant,
        deadline: submission.deadline,
        // A salt of its own shares with nobody but its own choices.
        cacheSalt: configuration.isPrefixCaching ? 0 : submission.id.rawValue &+ 1,
        trueNewTokenCount: request.sampling.replayedLength,
        quality: request.quality
      )
    )
    precondition(refusal == nil, "\(submission.id) was let in but cannot fit: \(refusal as Any)")
    generations[submission.id] = Generation(
      submission,
      serviceClass,
      choices: (0..<request.choiceCount).map { makeChoice($0, of: submission) }
    )
    metrics.noteArrival(request, maximumTokenCount: submission.maximumTokenCount)
  }

  private func makeChoice(_ index: Int, of submission: Submission) -> Choice {
    let parameters = submission.request.sampling
    return Choice(
      prompt: submission.request.prompt,
      parameters: parameters,
      maximumTokenCount: submission.maximumTokenCount,
      endingIDs: (parameters.ignoresEndOfText ? [] : configuration.endOfTextIDs)
        + parameters.stopTokenIDs,
      // Far apart in the generator's sequence, so that choices differ.
      seed: submission.seed &+ UInt64(index) &* 0xD134_2543_DE82_EF95,
      decoder: makeDecoder(submission.request.skipsSpecialTokens)
    )
  }

  private func note(_ plan: StepPlan, at now: Duration) {
    for id in plan.expired { end(id, .expired) { $0.abort(.deadlinePassed) } }
    for id in plan.preempted { generations[id.request]?.preemptionCount += 1 }
    for start in plan.starts where !start.isResumed {
      generations[start.sequence.request]?.start(
        at: now,
        cachedTokenCount: start.cachedTokenCount
      )
    }
  }

  /// Draws a token for each sampled entry and takes it into its choice.
  private func sample(_ plan: StepPlan, _ logits: Matrix) -> [StepResult.Sample] {
    outcomes.removeAll(keepingCapacity: true)
    var samples: [StepResult.Sample] = []
    samples.reserveCapacity(plan.sampledCount)
    for entry in plan.entries where entry.isSampled {
      let (id, row) = (entry.sequence, logits[row: samples.count])
      guard let generation = generations[id.request] else {
        preconditionFailure("\(id) is scheduled but not served")
      }
      // The first token's row: later the length is known better than it says.
      let isFirst = generation.choices[id.choice].tokenCount == 0
      let features = isFirst ? runner.features(ofSample: samples.count) : []
      let token = generation.choices[id.choice].sample(row, with: &sampler, &report)
      let outcome = generation.choices[id.choice].append(token)
      outcomes.append((generation, id.choice, outcome))
      samples.append(
        StepResult.Sample(
          sequence: id,
          token: token.id,
          isLast: outcome.finishReason != nil,
          features: features
        )
      )
    }
    return samples
  }

  /// Tells the clients about the step's tokens; their sequences' blocks are free by then.
  private func emit(at now: Duration) {
    for (generation, choice, outcome) in outcomes {
      generation.noteToken(at: now)
      if let latest = generation.choices[choice].latestTokenTime {
        scheduler.brownout?.observe(.decode, now - latest, at: now)
      } else {
        scheduler.brownout?.observe(.prefill, now - generation.arrival, at: now)
      }
      metrics.observeToken(of: &generation.choices[choice], arrival: generation.arrival, at: now)
      generation.emit(outcome, choice: choice)
      if let reason = outcome.finishReason {
        metrics.noteEnd(of: generation.choices[choice], reason)
      }
      guard generation.isFinished else { continue }
      generations[generation.id] = nil
      metrics.noteEnd(of: generation, generation.finish(at: now), scheduler.predictor)
    }
    outcomes.removeAll(keepingCapacity: true)
  }

  private func end(
    _ id: RequestID,
    _ cause: EngineMetrics.Abortion,
    _ abort: (Generation) -> Void
  ) {
    scheduler.remove(id)
    guard let generation = generations.removeValue(forKey: id) else { return }
    metrics.noteAbortion(cause, of: generation.serviceClass)
    abort(generation)
  }
}
