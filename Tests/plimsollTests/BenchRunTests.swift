import AsyncHTTPClient
import LoadGeneration
import OrderedJSON
import Synchronization
import Testing

@testable import plimsoll

@Suite struct BenchRunTests {
  /// What requests asked for, in the order of their arrival.
  private final class Bodies: Sendable {
    let value = Mutex<[JSON]>([])
    let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)

    func append(_ body: JSON) {
      value.withLock { $0.append(body) }
      arrived.yield()
    }
  }

  /// Speaks as Plimsoll does: as many pieces as the test-only field says, then the end and the usage.
  private func answer(_ path: String, _ body: JSON) -> TinyServer.Reply {
    switch path {
    case "/v1/models":
      return .json(["data": [["id": "tiny", "owned_by": "plimsoll", "max_model_len": 256]]])
    case "/tokenize": return .json(["tokens": [11, 12, 13, 14, 11]])
    default:
      let count = body["bench_output_length"]?.integerValue ?? 1
      let piece = #"{"choices":[{"index":0,"text":"a","finish_reason":null}],"usage":null}"#
      let end = #"{"choices":[{"index":0,"text":"","finish_reason":"stop"}],"usage":null}"#
      let prompt = body["prompt"]?.arrayValue?.count ?? 0
      let usage =
        #"{"choices":[],"usage":{"prompt_tokens":\#(prompt),"completion_tokens":\#(count)}}"#
      return .events(Array(repeating: piece, count: count) + [end, usage, "[DONE]"])
    }
  }

  private func workload(count: Int, cap: Int = 64) -> Workload {
    Workload(
      arrivals: .process(
        .poisson,
        .constant(400, for: .seconds(60)),
        .uniform(prompt: 4...40, output: 2...9)
      ),
      classes: [
        ServiceClass(name: "interactive", share: 3, outputTokenCap: cap),
        ServiceClass(name: "batch", objectives: Objectives(endToEnd: .nanoseconds(1))),
      ],
      requestLimit: count,
      seed: 5,
      contextLimit: 256
    )
  }

  private func withRun<Value: Sendable>(
    _ workload: Workload,
    _ answer: @escaping TinyServer.Answer,
    _ body: (BenchRun) async throws -> Value
  ) async throws -> Value {
    try await TinyServer.run(answer) { url in
      try await LoadClient.with(connectionLimit: 1_024, timeout: .seconds(60)) { client in
        let server = try await BenchServer.find(
          at: url,
          client,
          apiKey: nil,
          model: nil,
          dialect: nil
        )
        return try await body(BenchRun(server: server, workload: workload, timeout: .seconds(60)))
      }
    }
  }

  @Test func `every request is sent as planned and read to its end`() async throws {
    let bodies = Bodies()
    let workload = workload(count: 60)
    let summary = try await withRun(workload) { path, body in
      if path == "/v1/completions" { bodies.append(body) }
      return answer(path, body)
    } _: { run in
      #expect(run.server.model == "tiny" && run.server.dialect == .plimsoll)
      #expect(run.server.contextLimit == 256)
      #expect(run.server.prompts == .tokens([11, 12, 13, 14]))
      try await run.warmUp(0)
      return await run.measure().0
    }
    let planned = workload.requests
    let sent = bodies.value.withLock { $0 }.dropFirst()
    #expect(sent.count == 60)
    let lengths = sent.compactMap { $0["bench_output_length"]?.integerValue }
    #expect(lengths.sorted() == planned.map(\.outputTokenCount).sorted())
    #expect(sent.allSatisfy { $0["max_tokens"]?.integerValue ?? 0 >= 64 })
    #expect(Set(sent.compactMap { $0["service_tier"]?.stringValue }) == ["interactive", "batch"])
    #expect(summary.total.offeredCount == 60 && summary.total.completedCount == 60)
    #expect(!summary.isInterrupted)
    #expect(summary.total.outputTokenCount == planned.reduce(0) { $0 + $1.outputTokenCount })
    #expect(summary.total.promptTokenCount == planned.reduce(0) { $0 + $1.promptTokenCount })
    // Pieces that came together have gaps of nothing; the ending event is no piece.
    #expect(
      summary.total.interTokenLatency.count == planned.reduce(0) { $0 + $1.outputTokenCount - 1 }
    )
    #expect(summary.perClass[0].attainment == 1 && summary.perClass[1].attainment == 0)
    #expect(summary.elapsed >= planned[59].arrival)
  }

  @Test func `refusals, errors and broken streams are told apart`() async throws {
    let count = Atomic(0)
    let summary = try await withRun(workload(count: 40)) { path, body in
      guard path == "/v1/completions" else { return answer(path, body) }
      switch count.add(1, ordering: .relaxed).oldValue % 4 {
      case 0: return .refusal(status: 429, message: "full")
      case 1: return .refusal(status: 400, message: "no such tier")
      case 2: return .events([#"{"choices":[{"text":"a"}]}"#])
      default: return .events([#"{"error":{"message":"engine stopped"}}"#])
      }
    } _: {
      await $0.measure().0
    }
    #expect(summary.total.rejectedCount == 10)
    #expect(summary.total.failedCount == 30)
    #expect(summary.total.completedCount == 0 && summary.total.attainment == 0)
  }

  @Test func `an interrupted run reports what was on its way as unfinished`() async throws {
    let bodies = Bodies()
    let summary = try await withRun(workload(count: 10_000)) { path, body in
      guard path == "/v1/completions" else { return answer(path, body) }
      bodies.append(body)
      return .silence
    } _: { run in
      let task = Task { await run.measure().0 }
      for await _ in bodies.arrivals.prefix(3) {}
      task.cancel()
      return await task.value
    }
    #expect(summary.isInterrupted)
    #expect(summary.total.unfinishedCount >= 3 && summary.total.offeredCount < 10_000)
    #expect(summary.total.unfinishedCount == summary.total.offeredCount)
    #expect(summary.total.attainment == nil)
  }

  @Test func `a warm-up that fails says why`() async throws {
    try await withRun(workload(count: 1)) { path, body in
      path == "/v1/completions" ? .refusal(status: 400, message: "no") : answer(path, body)
    } _: { run in
      let failure = await #expect(throws: CommandFailure.self) { try await run.warmUp(0) }
      #expect(failure?.description.contains("400: no") == true)
    }
  }
}
