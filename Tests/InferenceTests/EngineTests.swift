import Scheduling
import Telemetry
import Testing

@testable import Inference

/// The concurrent shell: real thread, real clock, nothing that depends on how fast either is.
@Suite struct EngineTests {
  private func makeEngine(
    _ adjust: (inout EngineConfiguration) -> Void = { _ in }
  ) -> Engine {
    var configuration = EngineConfiguration(maximumModelLength: 256, kvBlockCount: 512)
    configuration.endOfTextIDs = [0]
    configuration.maximumRunning = 32
    configuration.maximumBatchRows = 128
    adjust(&configuration)
    return Engine(
      runner: HashModel(
        blockCount: configuration.kvBlockCount,
        blockLength: configuration.blockLength
      ),
      configuration: configuration,
      registry: MetricRegistry(),
      makeDecoder: { _ in LetterDecoder() }
    )
  }

  private func request(_ number: UInt64, maxTokens: Int? = 12) -> GenerationRequest {
    var sampling = SamplingParameters()
    sampling.temperature = 0
    sampling.maxTokens = maxTokens
    sampling.ignoresEndOfText = true
    return GenerationRequest(
      prompt: [1, Int32(number % 20) + 1, 3],
      sampling: sampling
    )
  }

  /// Runs `body` while the engine serves, then stops it.
  private func serving<Result: Sendable>(
    _ engine: Engine,
    _ body: @Sendable () async throws -> Result
  ) async throws -> Result {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await engine.run() }
      let result = try await body()
      group.cancelAll()
      try await group.waitForAll()
      return result
    }
  }

  private func answer(_ request: GenerationRequest, from engine: Engine) async throws -> Answer {
    let place = try engine.reserve(promptTokenEstimate: request.prompt.count)
    var events: [GenerationEvent] = []
    for await event in try engine.generate(request, place) { events.append(event) }
    return Answer(events)
  }

  @Test func `a hundred clients at once each get their answer`() async throws {
    let engine = makeEngine()
    let answers = try await serving(engine) {
      try await withThrowingTaskGroup(of: Answer.self) { group in
        for number in UInt64(0)..<100 {
          group.addTask { try await answer(request(number), from: engine) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
    }
    #expect(answers.count == 100)
    #expect(answers.allSatisfy { $0.reasons == [.length] && $0.tokens[0].count == 12 })
    #expect(Set(answers.map(\.texts)).count == 20)
    #expect(engine.requestCount == 0)
  }

  @Test func `a client that stops listening gives its place back`() async throws {
    let engine = makeEngine { $0.maximumModelLength = 200 }
    try await serving(engine) {
      let place = try engine.reserve(promptTokenEstimate: 3)
      for await _ in try engine.generate(request(1, maxTokens: nil), place) { break }
      // Returns only when the last request has left the house.
      await engine.drain()
      #expect(engine.requestCount == 0)
    }
  }

  @Test func `draining lets the running ones end and nobody in`() async throws {
    let engine = makeEngine()
    try await serving(engine) {
      let place = try engine.reserve(promptTokenEstimate: 3)
      async let drained: Void = engine.drain()
      async let answer = {
        var events: [GenerationEvent] = []
        for await event in try engine.generate(request(1), place) { events.append(event) }
        return Answer(events)
      }()
      #expect(try await answer.reasons == [.length])
      await drained
      #expect(throws: Admission.Refusal.self) {
        try engine.reserve(promptTokenEstimate: 1)
      }
    }
  }

  @Test func `stopping the engine fails what it has not finished`() async throws {
    let engine = makeEngine()
    let place = try engine.reserve(promptTokenEstimate: 3)
    let events = try engine.generate(request(1), place)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await engine.run() }
      group.cancelAll()
      try await group.waitForAll()
    }
    var last: GenerationEvent?
    for await event in events { last = event }
    #expect(last == .failed(.engineStopped))
    #expect(engine.requestCount == 0)
  }

  @Test func `a stopped engine fails new requests at once`() async throws {
    let engine = makeEngine()
    try await serving(engine) {}
    #expect(try await answer(request(1), from: engine).failure == .engineStopped)
    #expect(engine.requestCount == 0)
    #expect(engine.statistics.runningCount == 0)
  }

  @Test func `the queue counts prompts as they are, not as they were estimated`() throws {
    let engine = makeEngine { $0.maximumQueuedPromptTokens = 100 }
    let place = try engine.reserve(promptTokenEstimate: 90)
    #expect(throws: Admission.Refusal.self) { try engine.reserve(promptTokenEstimate: 20) }
    let events = try engine.generate(request(1), place)
    _ = try engine.reserve(promptTokenEstimate: 20)
    withExtendedLifetime(events) {}
  }

  @Test func `a full house refuses before any work, and a dropped reservation frees its place`()
    throws
  {
    let engine = makeEngine {
      $0.maximumRunning = 1
      $0.maximumQueue = 1
    }
    var places = [
      try engine.reserve(promptTokenEstimate: 1), try engine.reserve(promptTokenEstimate: 1),
    ]
    let refusal = #expect(throws: Admission.Refusal.self) {
      try engine.reserve(promptTokenEstimate: 1)
    }
    #expect(refusal?.reason == .requests)
    places.removeLast()
    places.append(try engine.reserve(promptTokenEstimate: 1))
    #expect(engine.requestCount == 2)
  }

  @Test func `what no engine of this size can serve is refused with the numbers`() throws {
    let engine = makeEngine()
    func refusal(_ adjust: (inout GenerationRequest) -> Void) throws -> RequestError? {
      var request = request(1)
      adjust(&request)
      let place = try engine.reserve(promptTokenEstimate: 1)
      return #expect(throws: RequestError.self) { _ = try engine.generate(request, place) }
    }
    #expect(try refusal { $0.prompt = [] } == .emptyPrompt)
    #expect(
      try refusal { $0.prompt = Array(repeating: 1, count: 256) }
        == .promptTooLong(tokenCount: 256, maximumModelLength: 256)
    )
    #expect(
      try refusal { $0.prompt = [1, 32] } == .unknownToken(32, vocabularyCount: 32)
    )
    #expect(
      try refusal { $0.sampling.topP = 0 }?.description == "top_p must be above 0 and at most 1"
    )
    #expect(try refusal { $0.sampling.temperature = .nan } != nil)
    #expect(try refusal { $0.sampling.logitBias = [-1: 1] } != nil)
    #expect(try refusal { $0.choiceCount = 0 } != nil)
    #expect(engine.requestCount == 0)
  }

  @Test func `a request that the KV cache can never hold is refused with the numbers`() throws {
    let engine = makeEngine { $0.kvBlockCount = 4 }
    let place = try engine.reserve(promptTokenEstimate: 3)
    let refusal = #expect(throws: RequestError.self) {
      _ = try engine.generate(request(1, maxTokens: 100), place)
    }
    #expect(refusal?.description == "prompt and answer need 7 KV blocks, there are 4")
  }

  @Test func `health follows progress`() {
    let start = ContinuousClock.now
    let progress = EngineProgress(stallLimit: .seconds(5), now: start)
    #expect(progress.health(at: start + .seconds(60)) == .idle)
    progress.noteArrival(at: start + .seconds(60))
    #expect(progress.health(at: start + .seconds(64)) == .working)
    progress.noteStep(isBusy: true, at: start + .seconds(64))
    #expect(progress.health(at: start + .seconds(69)) == .working)
    #expect(progress.health(at: start + .seconds(70)) == .stalled(since: start + .seconds(64)))
    progress.noteStep(isBusy: false, at: start + .seconds(71))
    #expect(progress.health(at: start + .seconds(100)) == .idle)
  }
}
