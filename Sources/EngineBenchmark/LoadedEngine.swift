import Inference
import Scheduling
import Telemetry
import Tensors
import Tokenization
import Transformer

/// The engine on one model, used as the HTTP edge uses it: requests in, events out, the steps on a thread of their own.
struct LoadedEngine: Sendable {
  private let engine: Engine
  private let recorder: RecordingBackend
  /// Whether the weights were packed by an earlier start.
  let isReadingCache: Bool

  /// Loads the model; the engine serves until the process ends.
  init(_ folder: ModelFolder, _ options: BenchmarkOptions) throws {
    let recorder = RecordingBackend(KernelBackend(threadCount: options.threadCount))
    let configuration = Self.configuration(folder, options)
    let cache =
      options.isCaching ? WeightCache(folder: folder, format: options.weights) : nil
    isReadingCache = cache?.isReading ?? false
    let model = try TransformerModel(
      folder: folder,
      format: options.weights,
      backend: recorder,
      cache: cache
    )
    engine = Engine(
      runner: TransformerRunner(model: model, configuration: configuration),
      configuration: configuration,
      registry: MetricRegistry(),
      makeDecoder: { _ in Mute() }
    )
    self.recorder = recorder
  }

  private static func configuration(
    _ folder: ModelFolder,
    _ options: BenchmarkOptions
  ) -> EngineConfiguration {
    var configuration = EngineConfiguration(
      maximumModelLength: folder.configuration.maximumPositionCount,
      kvBlockCount: 0
    )
    configuration.kvBlockCount = options.cacheTokens / configuration.blockLength
    configuration.maximumRunning = options.seats
    configuration.maximumBatchRows = options.stepRows
    // Throughput is measured: no step is kept short for the sake of those that decode, and no prompt is known.
    configuration.policy = .fcfs
    configuration.classes = ServiceClassTable(
      [ServiceClass(name: "unhurried", timeToFirstToken: .seconds(3600), timePerOutputToken: nil)],
      defaultName: "unhurried"
    )
    configuration.isPrefixCaching = false
    return configuration
  }

  /// Runs the engine while `body` uses it.
  func whileRunning(_ body: (Self) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await engine.run() }
      try await body(self)
      group.cancelAll()
    }
  }

  /// Hands the prompts in, as many at a time as the workload says, and listens until the last answer has ended.
  func answer(_ workload: Workload) async throws -> Outcome {
    recorder.removeAll()
    let start = ContinuousClock.now
    let receptions = try await withThrowingTaskGroup(of: (Int, Reception).self) { group in
      var receptions = Array(repeating: Reception(), count: workload.prompts.count)
      for index in workload.prompts.indices {
        if index >= workload.clientCount, let (ended, reception) = try await group.next() {
          receptions[ended] = reception
        }
        let stream = try handIn(workload, index)
        group.addTask { (index, try await Self.listen(to: stream, since: start)) }
      }
      for try await (ended, reception) in group { receptions[ended] = reception }
      return receptions
    }
    return Outcome(receptions: receptions, steps: recorder.records)
  }

  private func handIn(
    _ workload: Workload,
    _ index: Int
  ) throws -> AsyncStream<GenerationEvent> {
    let prompt = workload.prompts[index]
    return try engine.generate(
      Self.request(prompt, count: workload.counts[index]),
      engine.reserve(promptTokenEstimate: prompt.count)
    )
  }

  private static func request(_ prompt: [Int32], count: Int) -> GenerationRequest {
    var sampling = SamplingParameters()
    sampling.temperature = 0
    sampling.maxTokens = count
    sampling.ignoresEndOfText = true
    return GenerationRequest(prompt: prompt, sampling: sampling)
  }

  private static func listen(
    to stream: AsyncStream<GenerationEvent>,
    since start: ContinuousClock.Instant
  ) async throws -> Reception {
    var reception = Reception()
    for await event in stream {
      switch event {
      case .text(_, _, let tokens) where !tokens.isEmpty:
        reception.times.append((ContinuousClock.now - start) / .seconds(1))
        reception.firstToken = reception.firstToken ?? tokens[0].id
      case .failed(let failure): throw failure
      default: break
      }
    }
    return reception
  }
}

/// The models of the benchmark have random weights, so their tokens have no text.
private struct Mute: TextDecoding {
  mutating func append(_ id: Int32) -> String { "" }
  mutating func finish() -> String { "" }
}
