import Foundation
import Scheduling
import Telemetry
import Tensors
import Testing
import Tokenization
import Transformer

@testable import Inference

@Suite struct ScratchTests {
  @Test func `tells a tale`() async throws {
    guard let path = ProcessInfo.processInfo.environment["SCRATCH_MODEL"] else { return }
    let clock = ContinuousClock()
    let folder = try ModelFolder(path: path)
    let tokenizerJSON = try #require(try folder.json("tokenizer.json"))
    let tokenizer = try Tokenizer(json: tokenizerJSON)
    var configuration = EngineConfiguration(maximumModelLength: 1024, kvBlockCount: 2048)
    configuration.endOfTextIDs = folder.generationDefaults.endOfTextIDs
    let backend = KernelBackend(threadCount: 2)
    let registry = MetricRegistry()
    let model = try TransformerModel(folder: folder, format: .int8, backend: backend)
    let demand = MemoryPlan.Demand(
      folder.configuration,
      format: .int8,
      weights: model.byteCount,
      engine: configuration,
      requestedCache: nil
    )
    print(try MemoryPlan(demand, .current()))
    print(ThreadPlan(requested: nil, .current()))
    let engine = Engine(
      model: model,
      tokenizer: tokenizer,
      configuration: configuration,
      registry: registry
    )
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await engine.run() }
      for count in [1, 8, 32] {
        let start = clock.now
        let total = try await withThrowingTaskGroup(of: (String, Usage).self) { inner in
          for index in 0..<count {
            inner.addTask {
              var sampling = SamplingParameters()
              sampling.temperature = index == 0 ? 0 : 0.8
              sampling.seed = UInt64(index)
              sampling.maxTokens = 128
              sampling.ignoresEndOfText = true
              let prompt = tokenizer.encode(
                "THE FOX AND THE KING\n\nOnce upon a time",
                addSpecialTokens: true
              )
              let place = try engine.reserve(promptTokenEstimate: prompt.count)
              var text = ""
              var usage = Usage(promptTokens: 0, completionTokens: 0)
              for await event in try engine.generate(
                GenerationRequest(prompt: prompt, sampling: sampling),
                place
              ) {
                if case .text(_, let new, _) = event { text += new }
                if case .usage(let sum) = event { usage = sum }
              }
              return (text, usage)
            }
          }
          var tokens = 0
          for try await (text, usage) in inner {
            tokens += usage.completionTokens
            if count < 9 {
              print(
                "[\(count)]",
                usage.timeToFirstToken,
                usage.totalTime,
                text.prefix(120).replacing("\n", with: "/")
              )
            }
          }
          return tokens
        }
        print("\(count) streams: \(Double(total) / ((clock.now - start) / .seconds(1))) tokens/s")
      }
      await engine.drain()
      group.cancelAll()
    }
    print(
      engine.health,
      registry.exposition().split(separator: "\n").filter {
        $0.contains("prefix_cache") || $0.contains("preempt")
      }
    )
  }
}
