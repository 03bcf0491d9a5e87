import Randomness
import Scheduling
import Telemetry
import Tensors
import Testing
import Transformer

@testable import Inference

/// A mixture of a few numbers that is browned out at once and for good, through the real engine core.
@Suite struct BrownoutTests {
  private static func model() throws -> TransformerModel {
    let path =
      String(#filePath.dropLast("InferenceTests/BrownoutTests.swift".count))
      + "TransformerTests/Goldens/olmoe"
    var folder = try ModelFolder(path: path)
    let plain = folder.configuration.moduleIDs
    folder.configuration.united = UnitedExperts(
      way: 2,
      groups: folder.configuration.layers.map { _ in
        UnitedExperts.neighbours(expertCount: 8, way: 2)
      }
    )
    let model = TransformerModel(
      unloaded: folder,
      format: .float32,
      backend: KernelBackend(threadCount: 1)
    )
    for id in plain { try model.load(id) }
    for id in folder.configuration.moduleIDs {
      // Wrong on purpose: whoever is served by united experts gets another answer.
      if case .united(let layer, _) = id { model[id] = model[.expert(layer: layer, index: 7)] }
    }
    return model
  }

  private static func configuration(objective: Duration) -> EngineConfiguration {
    var configuration = EngineConfiguration(maximumModelLength: 96, kvBlockCount: 64)
    configuration.blockLength = 4
    configuration.maximumRunning = 4
    var latency = LatencyController.Configuration(objective: objective, floor: 0)
    latency.checkInterval = .milliseconds(2)
    latency.minimumSampleCount = 1
    configuration.brownout = BrownoutController(prefill: latency, decode: latency)
    return configuration
  }

  private static func request(_ seed: UInt64, _ quality: Quality?) -> GenerationRequest {
    var generator = SplitMix64(seed: seed)
    var sampling = SamplingParameters()
    sampling.temperature = 0
    sampling.maxTokens = 16
    sampling.ignoresEndOfText = true
    let prompt = (0..<12).map { _ in Int32.random(in: 0..<256, using: &generator) }
    return GenerationRequest(prompt: prompt, sampling: sampling, quality: quality)
  }

  private static func answer(_ events: [GenerationEvent]) -> [Int32] {
    events.flatMap { event -> [Int32] in
      if case .text(_, _, let tokens) = event { tokens.map(\.id) } else { [] }
    }
  }

  private static func usage(_ events: [GenerationEvent]) -> Usage? {
    for case .usage(let usage) in events { return usage }
    return nil
  }

  private static func bench(objective: Duration) throws -> Bench {
    let configuration = configuration(objective: objective)
    return Bench(
      configuration,
      runner: TransformerRunner(model: try model(), configuration: configuration)
    )
  }

  @Test
  func `a class of full quality speaks for those of its requests that do not say so themselves`()
    async throws
  {
    let pressed = try Self.bench(objective: .nanoseconds(1))
    var exact = ServiceClass.interactive
    exact.quality = .full
    var ids: [RequestID] = []
    let wishes: [(ServiceClass, Quality?)] = [
      (exact, nil), (exact, .full), (exact, .adaptive), (.standard, .full), (.standard, nil),
    ]
    // Different prompts: a row beside its twin of full quality would find all its experts read.
    for (index, (serviceClass, quality)) in wishes.enumerated() {
      var request = Self.request(UInt64(7 + index), quality)
      request.serviceClass = serviceClass
      request.sampling.maxTokens = 40
      ids.append(try pressed.serve(request))
    }
    #expect(pressed.finish())
    var isTouched: [Bool] = []
    for id in ids {
      let usage = try #require(Self.usage(await pressed.events(of: id)))
      isTouched.append(usage.unitedExpertPairs > 0)
    }
    #expect(isTouched == [false, false, true, false, true])
  }

  @Test func `full quality is answered with the same tokens whatever ran before and beside it`()
    async throws
  {
    let calm = try Self.bench(objective: .seconds(1000))
    var expected: [[Int32]] = []
    for seed in 1...3 as ClosedRange<UInt64> {
      let id = try calm.serve(Self.request(seed, .full))
      #expect(calm.finish())
      let events = await calm.events(of: id)
      expected.append(Self.answer(events))
      #expect(Self.usage(events)?.unitedExpertPairs == 0)
    }

    let pressed = try Self.bench(objective: .nanoseconds(1))
    // The same prompts first, browned out, so that their blocks are cached.
    var adaptive: [RequestID] = []
    for seed in 1...3 as ClosedRange<UInt64> {
      adaptive.append(try pressed.serve(Self.request(seed, .adaptive)))
    }
    #expect(pressed.finish())
    #expect((pressed.core.scheduler.brownout?.debt ?? 0) > 0)
    // Beside others that accept a brownout.
    var full: [RequestID] = []
    for seed in 1...3 as ClosedRange<UInt64> {
      full.append(try pressed.serve(Self.request(seed, .full)))
      try pressed.serve(Self.request(seed + 1, .adaptive))
    }
    #expect(pressed.finish())
    for (id, expected) in zip(full, expected) {
      let events = await pressed.events(of: id)
      #expect(Self.answer(events) == expected)
      #expect(Self.usage(events)?.unitedExpertPairs == 0)
    }
    var isAnswerChanged = false
    for (id, expected) in zip(adaptive, expected) {
      let events = await pressed.events(of: id)
      let usage = try #require(Self.usage(events))
      #expect(usage.unitedExpertPairs > 0 && usage.unitedExpertPairs <= usage.expertPairs)
      if Self.answer(events) != expected { isAnswerChanged = true }
    }
    #expect(isAnswerChanged, "the pressure changed nothing, so the test shows nothing")
  }
}
