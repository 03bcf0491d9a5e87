import OrderedJSON
import Scheduling
import Telemetry
import Tensors
import Testing
import Transformer

@testable import Inference

/// The engine on real, if tiny, models: the Transformer target's goldens.
@Suite struct TransformerRunnerTests {
  private struct Golden {
    let folder: ModelFolder
    let prompt: [Int32]
    let greedy: [Int32]

    init(_ name: String) throws {
      let tests = #filePath.dropLast("InferenceTests/TransformerRunnerTests.swift".count)
      folder = try ModelFolder(path: "\(tests)TransformerTests/Goldens/\(name)")
      let expected = try #require(try folder.json("expected.json"))
      func ids(_ name: String) -> [Int32] {
        (expected[name]?.arrayValue ?? []).compactMap {
          $0.integerValue.map { Int32($0) }
        }
      }
      prompt = ids("prompt")
      greedy = ids("greedy")
    }

    func bench(_ configuration: EngineConfiguration) throws -> Bench {
      let model = try TransformerModel(
        folder: folder,
        format: .float32,
        backend: KernelBackend(threadCount: 1)
      )
      return Bench(
        configuration,
        runner: TransformerRunner(model: model, configuration: configuration)
      )
    }
  }

  private func request(_ prompt: [Int32], maxTokens: Int) -> GenerationRequest {
    var sampling = SamplingParameters()
    sampling.temperature = 0
    sampling.maxTokens = maxTokens
    sampling.ignoresEndOfText = true
    return GenerationRequest(prompt: prompt, sampling: sampling)
  }

  @Test(arguments: ["llama3", "qwen2-window", "olmoe", "qwen2-moe"])
  func `greedy answers are the reference's, alone and in a crowd on few blocks`(
    name: String
  ) async throws {
    let golden = try Golden(name)
    // Seats for all, blocks for fewer than two whole sequences: chunks, preemption and cache hits are certain.
    var configuration = EngineConfiguration(maximumModelLength: 128, kvBlockCount: 24)
    configuration.blockLength = 8
    configuration.maximumRunning = 6
    // Takes more in than memory holds, so that sequences are preempted.
    configuration.policy = .fcfs
    configuration.maximumBatchRows = 24
    let bench = try golden.bench(configuration)
    let alone = try bench.serve(request(golden.prompt, maxTokens: golden.greedy.count))
    #expect(bench.finish())
    let crowd = try (0..<5).map { index in
      try bench.serve(
        request(Array(golden.prompt.dropLast(index)), maxTokens: golden.greedy.count)
      )
    }
    #expect(bench.finish())
    for id in [alone, crowd[0]] {
      let answer = Answer(await bench.events(of: id))
      #expect(answer.tokens[0].map(\.id) == golden.greedy)
    }
    #expect(bench.registry.counter("plimsoll_preemptions_total", help: "").value > 0)
    #expect(bench.registry.counter("plimsoll_prefix_cache_hits_total", help: "").value > 0)
  }
}
