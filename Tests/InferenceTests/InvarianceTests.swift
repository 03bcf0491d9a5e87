import Randomness
import Scheduling
import Telemetry
import Testing

@testable import Inference

/// Batching, chunking, prefix cache hits, preemption and others' cancellations never change an answer.
@Suite struct InvarianceTests {
  private func randomRequest(_ random: inout SplitMix64) -> GenerationRequest {
    var sampling = SamplingParameters()
    sampling.temperature = [0, 0, 0.7, 1.5].randomElement(using: &random) ?? 0
    sampling.topK = [nil, 5].randomElement(using: &random) ?? nil
    sampling.topP = [1, 0.8].randomElement(using: &random) ?? 1
    sampling.repetitionPenalty = [1, 1.3].randomElement(using: &random) ?? 1
    sampling.frequencyPenalty = [0, 0.5].randomElement(using: &random) ?? 0
    sampling.seed = random.next()
    sampling.maxTokens = Int.random(in: 1...14, using: &random)
    sampling.minTokens = Int.random(in: 0...(sampling.maxTokens ?? 1), using: &random) / 2
    sampling.stop = [[], ["a"], ["xy", "q"]].randomElement(using: &random) ?? []
    sampling.logprobCount = [nil, 0, 3].randomElement(using: &random) ?? nil
    return GenerationRequest(
      // Often the beginning of one story, so that prefixes are shared while they are being computed.
      prompt: (0..<Int32.random(in: 0...12, using: &random)).map { 1 + $0 * $0 % 3 }
        + (0..<Int.random(in: 1...8, using: &random)).map { _ in
          Int32.random(in: 1...2, using: &random)
        },
      choiceCount: Int.random(in: 1...3, using: &random),
      sampling: sampling
    )
  }

  /// The answer on a machine of its own: ample blocks, nobody else, no sharing.
  private func answerAlone(_ request: GenerationRequest) async throws -> Answer {
    var configuration = EngineConfiguration(maximumModelLength: 64, kvBlockCount: 64)
    configuration.endOfTextIDs = [0]
    configuration.isPrefixCaching = false
    let bench = Bench(configuration)
    let id = try bench.serve(request)
    #expect(bench.finish())
    let events = await bench.events(of: id)
    return Answer(events, choiceCount: request.choiceCount)
  }

  private func tightConfiguration(_ random: inout SplitMix64) -> EngineConfiguration {
    var configuration = EngineConfiguration(
      maximumModelLength: 64,
      kvBlockCount: Int.random(in: 9...13, using: &random)
    )
    configuration.blockLength = Int.random(in: 4...6, using: &random)
    configuration.maximumRunning = Int.random(in: 2...8, using: &random)
    configuration.maximumBatchRows =
      configuration.maximumRunning + 16 + Int.random(in: 0...8, using: &random)
    configuration.endOfTextIDs = [0]
    configuration.policy = PolicyName.allCases.randomElement(using: &random) ?? .fcfs
    var hurried = ServiceClass.standard
    hurried.timePerOutputToken = .milliseconds(1)
    configuration.classes.set(hurried)
    return configuration
  }

  @Test(arguments: UInt64(0)..<60)
  func `every answer is that of a machine of its own`(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    let bench = Bench(tightConfiguration(&random))
    var requests: [(id: RequestID, request: GenerationRequest)] = []
    var cancelled: Set<RequestID> = []
    for _ in 0..<40 {
      if Int.random(in: 0..<3, using: &random) == 0 {
        let request = randomRequest(&random)
        requests.append((try bench.serve(request), request))
      }
      if Int.random(in: 0..<15, using: &random) == 0, let victim = requests.last {
        bench.core.follow(.cancel(victim.id))
        cancelled.insert(victim.id)
      }
      _ = bench.step()
    }
    #expect(bench.finish(), "seed \(seed) does not come to an end")
    #expect(bench.core.scheduler.blockUsage == 0)
    #expect(bench.desk.requestCount == 0)
    for (id, request) in requests where !cancelled.contains(id) {
      let events = await bench.events(of: id)
      let answer = Answer(events, choiceCount: request.choiceCount)
      let truth = try await answerAlone(request)
      #expect(answer.texts == truth.texts, "seed \(seed), \(request)")
      #expect(answer.tokens == truth.tokens, "seed \(seed), \(request)")
      #expect(answer.reasons == truth.reasons, "seed \(seed), \(request)")
      #expect(answer.usage?.completionTokens == truth.usage?.completionTokens)
    }
  }

  @Test func `the trials above do preempt, chunk and hit the cache`() throws {
    var registryTexts = ""
    var preemptions = 0.0
    var hits = 0.0
    for seed in UInt64(0)..<20 {
      var random = SplitMix64(seed: seed)
      let bench = Bench(tightConfiguration(&random))
      for _ in 0..<12 { try bench.serve(randomRequest(&random)) }
      #expect(bench.finish())
      preemptions += bench.registry.counter("plimsoll_preemptions_total", help: "").value
      hits += bench.registry.counter("plimsoll_prefix_cache_hits_total", help: "").value
      registryTexts += bench.registry.exposition()
    }
    #expect(preemptions > 10)
    #expect(hits > 200)
    #expect(registryTexts.contains("vllm:num_preemptions_total"))
  }
}
