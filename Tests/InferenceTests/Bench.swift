import Scheduling
import Telemetry

@testable import Inference

/// An engine core on a hash model, with a clock that advances a millisecond whenever somebody looks at it, unless it
/// is told to advance otherwise.
final class Bench {
  final class TestClock {
    var now = Duration.zero
    var increment: Duration

    init(increment: Duration = .milliseconds(1)) { self.increment = increment }

    func tick() -> Duration {
      now += increment
      return now
    }
  }

  let core: EngineCore
  let model: HashModel
  let registry = MetricRegistry()
  let desk: AdmissionDesk
  let clock: TestClock
  private(set) var streams: [RequestID: AsyncStream<GenerationEvent>] = [:]

  /// On a hash model unless another runner is given.
  init(
    _ configuration: EngineConfiguration,
    runner: (any ModelRunner)? = nil,
    clock: TestClock = TestClock()
  ) {
    self.clock = clock
    model = HashModel(
      blockCount: configuration.kvBlockCount,
      blockLength: configuration.blockLength,
      maximumSampled: configuration.maximumRunning
    )
    desk = AdmissionDesk(configuration.admission, now: { .zero })
    core = EngineCore(
      runner: runner ?? model,
      configuration: configuration,
      metrics: EngineMetrics(registry, maximumModelLength: configuration.maximumModelLength),
      makeDecoder: { _ in LetterDecoder() },
      now: { clock.tick() }
    )
  }

  @discardableResult
  func serve(
    _ request: GenerationRequest,
    arrival: Duration? = nil,
    deadline: Duration? = nil
  ) throws -> RequestID {
    let id = RequestID(rawValue: UInt64(streams.count))
    let (stream, events) = AsyncStream.makeStream(of: GenerationEvent.self)
    streams[id] = stream
    core.follow(
      .serve(
        Submission(
          id: id,
          request: request,
          maximumTokenCount: request.sampling.maxTokens ?? 16,
          seed: request.sampling.seed ?? 0,
          arrival: arrival ?? clock.now,
          deadline: deadline,
          reservation: try desk.reserve(promptTokenCount: request.prompt.count),
          events: events
        )
      )
    )
    return id
  }

  /// Steps until nothing is left to do, checking the books after each.
  func finish(within limit: Int = 5000) -> Bool {
    for _ in 0..<limit {
      guard step() else { return core.scheduler.isIdle }
    }
    return false
  }

  func step() -> Bool {
    defer { core.scheduler.checkInvariants() }
    return core.step()
  }

  /// All events of a request that has ended.
  func events(of id: RequestID) async -> [GenerationEvent] {
    guard let stream = streams[id] else { return [] }
    var events: [GenerationEvent] = []
    for await event in stream { events.append(event) }
    return events
  }
}

/// What a client makes of its events.
struct Answer: Equatable {
  var texts: [String]
  var tokens: [[GeneratedToken]]
  var reasons: [FinishReason?]
  var usage: Usage?
  var failure: GenerationFailure?

  init(_ events: [GenerationEvent], choiceCount: Int = 1) {
    texts = Array(repeating: "", count: choiceCount)
    tokens = Array(repeating: [], count: choiceCount)
    reasons = Array(repeating: nil, count: choiceCount)
    for event in events {
      switch event {
      case .text(let choice, let text, let new):
        texts[choice] += text
        tokens[choice] += new
      case .finished(let choice, let reason): reasons[choice] = reason
      case .usage(let sum): usage = sum
      case .failed(let cause): failure = cause
      }
    }
  }
}
