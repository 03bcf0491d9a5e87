package import Scheduling
import Synchronization
package import Telemetry

/// Serves generation requests on one model: the concurrent shell around ``EngineCore``.
///
/// The core runs on a thread of its own. Callers reserve a place, hand in a request and read its events; ending the
/// iteration of the events cancels the request, whose blocks are free before the next step.
package final class Engine: Sendable {
  package let configuration: EngineConfiguration
  package let vocabularyCount: Int
  private let mailbox = Mailbox()
  private let desk: AdmissionDesk
  private let progress: EngineProgress
  private let metrics: EngineMetrics
  private let loop: EngineLoop
  private let epoch: ContinuousClock.Instant
  private let nextID = Atomic<UInt64>(0)

  /// Takes over the runner; `makeDecoder` makes a decoder for one sequence, on the engine's thread.
  package init(
    runner: sending any ModelRunner,
    configuration: EngineConfiguration,
    registry: MetricRegistry,
    makeDecoder: @escaping @Sendable (_ skipsSpecialTokens: Bool) -> any TextDecoding
  ) {
    let epoch = ContinuousClock.now
    let now: @Sendable () -> Duration = { ContinuousClock.now - epoch }
    self.epoch = epoch
    self.configuration = configuration
    vocabularyCount = runner.vocabularyCount
    desk = AdmissionDesk(configuration.admission, now: now)
    progress = EngineProgress(stallLimit: configuration.stallLimit, now: epoch)
    metrics = EngineMetrics(
      registry,
      maximumModelLength: configuration.maximumModelLength,
      classes: configuration.classes,
      isBrownable: configuration.brownout != nil
    )
    EngineMetrics.registerLive(registry, desk, progress)
    loop = EngineLoop(
      core: EngineCore(
        runner: runner,
        configuration: configuration,
        metrics: metrics,
        makeDecoder: makeDecoder,
        now: now
      ),
      mailbox: mailbox,
      progress: progress,
      desk: desk
    )
  }

  deinit { loop.thread.stop() }

  /// Serves until the calling task is cancelled; then whatever is unfinished fails with `engineStopped`.
  ///
  /// To be called once; a running engine is stopped gently by ``drain()`` first.
  package func run() async throws { await loop.run() }

  /// Takes a place in the house before any work is done for a request.
  ///
  /// Synchronous and atomic. The place is given back when the request ends, or when it is dropped unused.
  package func reserve(promptTokenEstimate: Int) throws(Admission.Refusal) -> Reservation {
    do {
      return try desk.reserve(promptTokenCount: promptTokenEstimate)
    } catch {
      metrics.noteRefusal(error)
      throw error
    }
  }

  /// Counts a request that has its place to its class, or says why that class cannot take it now.
  ///
  /// To be asked as soon as the class is known, before the prompt is made into tokens, whose number may be known better
  /// by then.
  package func classify(
    _ reservation: Reservation,
    as serviceClass: ServiceClass,
    promptTokenEstimate: Int? = nil
  ) throws(Admission.Refusal) {
    if let promptTokenEstimate { reservation.recount(promptTokenCount: promptTokenEstimate) }
    guard let refusal = reservation.classify(as: serviceClass) else { return }
    metrics.noteRefusal(refusal)
    throw refusal
  }

  /// Hands a request in; its events end with `usage` or `failed`.
  ///
  /// The stream holds at most one event per token and a few more. `maxTokens` beyond the context is cut to it.
  package func generate(
    _ request: GenerationRequest,
    _ reservation: Reservation
  ) throws(RequestError) -> AsyncStream<GenerationEvent> {
    let maximumTokenCount = try validate(request)
    reservation.recount(promptTokenCount: request.prompt.count)
    let id = RequestID(rawValue: nextID.add(1, ordering: .relaxed).oldValue)
    let (stream, events) = AsyncStream.makeStream(of: GenerationEvent.self)
    let now = ContinuousClock.now
    events.onTermination = { [mailbox] reason in
      if case .cancelled = reason { _ = mailbox.post(.cancel(id)) }
    }
    let submission = Submission(
      id: id,
      request: request,
      maximumTokenCount: maximumTokenCount,
      seed: request.sampling.seed ?? UInt64.random(in: .min ... .max),
      arrival: now - epoch,
      deadline: request.deadline.map { $0 - epoch },
      reservation: reservation,
      events: events
    )
    progress.noteArrival(at: now)
    if !mailbox.post(.serve(submission)) {
      reservation.release()
      events.yield(.failed(.engineStopped))
      events.finish()
    }
    return stream
  }

  /// Lets no more requests in and returns when the last one has ended.
  package func drain() async { await desk.drain() }

  /// Readable from any thread without waiting for a step.
  package var health: EngineHealth { progress.health(at: .now) }

  /// Requests in the house: reserved, waiting or running.
  package var requestCount: Int { desk.requestCount }

  /// The state after the latest step.
  package var statistics: EngineStatistics { metrics.statistics }

  /// How many tokens the answer may have; throws what no engine of this size can serve.
  private func validate(_ request: GenerationRequest) throws(RequestError) -> Int {
    let promptCount = request.prompt.count
    guard promptCount > 0 else { throw .emptyPrompt }
    guard promptCount < configuration.maximumModelLength else {
      throw .promptTooLong(
        tokenCount: promptCount,
        maximumModelLength: configuration.maximumModelLength
      )
    }
    let vocabulary = 0..<Int32(vocabularyCount)
    if let unknown = request.prompt.first(where: { !vocabulary.contains($0) }) {
      throw .unknownToken(unknown, vocabularyCount: vocabularyCount)
    }
    if let error = request.sampling.firstError(vocabularyCount: vocabularyCount) { throw error }
    guard (1...128).contains(request.choiceCount) else {
      throw .invalidParameter(name: "n", problem: "must be between 1 and 128")
    }
    let room = configuration.maximumModelLength - promptCount
    let maximumTokenCount = min(request.sampling.maxTokens ?? room, room)
    let refusal = configuration.scheduler.refusal(
      promptCount: promptCount,
      maximumNewTokenCount: maximumTokenCount
    )
    if let refusal { throw .exceedsMemory(refusal) }
    return maximumTokenCount
  }
}

/// The actor that owns the core and runs its steps on its thread.
actor EngineLoop {
  nonisolated let thread = EngineThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
  private let core: EngineCore
  private let mailbox: Mailbox
  private let progress: EngineProgress
  private let desk: AdmissionDesk

  init(
    core: sending EngineCore,
    mailbox: Mailbox,
    progress: EngineProgress,
    desk: AdmissionDesk
  ) {
    self.core = core
    self.desk = desk
    self.mailbox = mailbox
    self.progress = progress
  }

  func run() async {
    for await _ in mailbox.arrivals {
      while !Task.isCancelled, step() {}
    }
    for order in mailbox.close() { core.follow(order) }
    core.stop()
    progress.noteStep(isBusy: false, at: .now)
  }

  /// One step with what was ordered before it; false when there is nothing to do.
  private func step() -> Bool {
    for order in mailbox.collect() { core.follow(order) }
    core.observe(turnedAwayCount: desk.turnedAwayCount)
    let isBusy = core.step()
    desk.note(prefillRate: core.scheduler.prefillRate.tokensPerSecond)
    progress.noteStep(isBusy: isBusy, at: .now)
    return isBusy
  }
}
