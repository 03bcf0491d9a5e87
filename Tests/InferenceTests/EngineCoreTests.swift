import Scheduling
import Synchronization
import Telemetry
import Testing

@testable import Inference

@Suite struct EngineCoreTests {
  private func configuration(blocks: Int = 64) -> EngineConfiguration {
    var configuration = EngineConfiguration(maximumModelLength: 128, kvBlockCount: blocks)
    configuration.blockLength = 4
    configuration.maximumRunning = 8
    configuration.maximumBatchRows = 64
    configuration.endOfTextIDs = [0]
    return configuration
  }

  private func request(
    prompt: [Int32] = [1, 2, 3, 4, 5, 6],
    choices: Int = 1,
    _ adjust: (inout SamplingParameters) -> Void = { _ in }
  ) -> GenerationRequest {
    var sampling = SamplingParameters()
    sampling.temperature = 0
    sampling.maxTokens = 8
    sampling.ignoresEndOfText = true
    adjust(&sampling)
    return GenerationRequest(
      prompt: prompt,
      choiceCount: choices,
      sampling: sampling
    )
  }

  @Test func `every step is reported with what it computed for prompts and for answers`() throws {
    let reports = Mutex<[StepReport]>([])
    var configuration = configuration()
    configuration.onStep = { report in reports.withLock { $0.append(report) } }
    let bench = Bench(configuration)
    try bench.serve(request())
    #expect(bench.finish())
    let steps = reports.withLock { $0 }
    #expect(steps.map(\.load.rowCount) == [6, 1, 1, 1, 1, 1, 1, 1])
    #expect(steps.map(\.decoding.rowCount) == [0, 1, 1, 1, 1, 1, 1, 1])
    #expect(steps[0].load.attendedCount == 21 && steps[1].decoding.attendedCount == 7)
    #expect(steps.allSatisfy { $0.sampledCount == 1 && $0.duration > .zero })
    #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.start + $0.duration <= $1.start })
  }

  private func answer(
    to request: GenerationRequest,
    on bench: Bench
  ) async throws -> Answer {
    let id = try bench.serve(request)
    #expect(bench.finish())
    return Answer(await bench.events(of: id), choiceCount: request.choiceCount)
  }

  @Test func `an answer has its tokens, their text, one reason and a sum`() async throws {
    let answer = try await answer(to: request(), on: Bench(configuration()))
    #expect(answer.tokens[0].count == 8)
    #expect(answer.texts[0] == String(answer.tokens[0].map { LetterDecoder.alphabet[Int($0.id)] }))
    #expect(answer.reasons == [.length])
    #expect(answer.usage?.promptTokens == 6)
    #expect(answer.usage?.completionTokens == 8)
    #expect(answer.failure == nil)
  }

  @Test(arguments: [1, 5, 8])
  func `a replayed length ends the answer there, whatever the model and its stops say`(
    length: Int
  ) async throws {
    let natural = try await answer(to: request(), on: Bench(configuration()))
    let replayed = try await answer(
      to: request {
        $0.ignoresEndOfText = false
        $0.stopTokenIDs = natural.tokens[0].map(\.id)
        $0.stop = [String(natural.texts[0].prefix(1))]
        $0.replay(length: length)
      },
      on: Bench(configuration())
    )
    #expect(replayed.tokens[0].count == length)
    #expect(replayed.usage?.completionTokens == length)
    #expect(replayed.reasons == [.stop])
  }

  @Test func `times add up`() async throws {
    let usage = try #require(try await answer(to: request(), on: Bench(configuration())).usage)
    #expect(.zero < usage.queueTime)
    #expect(usage.queueTime < usage.timeToFirstToken)
    #expect(usage.timeToFirstToken < usage.totalTime)
  }

  @Test func `a repeated prompt reports what the cache held`() async throws {
    let bench = Bench(configuration())
    let first = try await answer(to: request(), on: bench)
    let second = try await answer(to: request(), on: bench)
    #expect(first.usage?.cachedPromptTokens == 0)
    #expect(second.usage?.cachedPromptTokens == 4)
    #expect(first.tokens == second.tokens)
  }

  @Test func `without prefix caching requests share nothing, but choices share their prompt`()
    async throws
  {
    var configuration = configuration()
    configuration.isPrefixCaching = false
    let bench = Bench(configuration)
    _ = try await answer(to: request(), on: bench)
    let rowsBefore = bench.model.rowCount
    let answer = try await answer(to: request(choices: 3) { $0.maxTokens = 1 }, on: bench)
    #expect(answer.usage?.cachedPromptTokens == 0)
    #expect(bench.model.rowCount - rowsBefore == 6 + 2 + 2)
  }

  @Test func `end of text ends an answer, leaves no text, and counts as a token`() async throws {
    let bench = Bench(configuration())
    let free = try await answer(to: request(), on: bench)
    let ending = free.tokens[0][3].id
    let first = try #require(free.tokens[0].firstIndex { $0.id == ending })
    let stopped = try await answer(to: request { $0.stopTokenIDs = [ending] }, on: bench)
    #expect(stopped.reasons == [.stop])
    #expect(stopped.tokens[0] == Array(free.tokens[0].prefix(first)))
    #expect(stopped.usage?.completionTokens == first + 1)
    let including = try await answer(
      to: request {
        $0.stopTokenIDs = [ending]
        $0.includesStopInOutput = true
      },
      on: bench
    )
    #expect(including.tokens[0].count == first + 1)
  }

  @Test func `a stop text across tokens ends an answer before it`() async throws {
    let bench = Bench(configuration())
    let free = try await answer(to: request(), on: bench)
    let text = Array(free.texts[0])
    let stop = String(text[2...4])
    let stopped = try await answer(to: request { $0.stop = [stop] }, on: bench)
    #expect(stopped.reasons == [.stop])
    #expect(stopped.texts[0] == String(text[..<2]))
    #expect(stopped.usage?.completionTokens == 5)
    let late = try await answer(
      to: request {
        $0.stop = [stop]
        $0.minTokens = 8
      },
      on: bench
    )
    #expect(late.texts == free.texts)
  }

  @Test func `text that might begin a stop is released when the answer ends without it`()
    async throws
  {
    let bench = Bench(configuration())
    let free = try await answer(to: request(), on: bench)
    let never = String(free.texts[0].suffix(2)) + "never"
    let answer = try await answer(to: request { $0.stop = [never] }, on: bench)
    #expect(answer.texts == free.texts)
    #expect(answer.reasons == [.length])
  }

  @Test func `choices differ under a temperature and repeat with the seed`() async throws {
    func draw(seed: UInt64) async throws -> Answer {
      try await self.answer(
        to: request(choices: 3) {
          $0.temperature = 1
          $0.seed = seed
        },
        on: Bench(configuration())
      )
    }
    let answer = try await draw(seed: 7)
    #expect(Set(answer.texts).count == 3)
    #expect(try await draw(seed: 7).texts == answer.texts)
    #expect(try await draw(seed: 8).texts != answer.texts)
  }

  @Test func `log-probabilities are the model's own, best first`() async throws {
    let plain = try await answer(
      to: request {
        $0.logprobCount = 3
        // Bias changes the choice, not the report.
        $0.logitBias = [9: 100]
      },
      on: Bench(configuration())
    )
    for token in plain.tokens[0] {
      #expect(token.id == 9)
      #expect(token.topLogprobs.count == 3)
      let best = token.topLogprobs.map(\.logprob)
      #expect(best == best.sorted(by: >))
      #expect((token.logprob ?? 1) <= best[0])
    }
  }

  @Test func `a cancelled request frees blocks and place before the next step`() async throws {
    let bench = Bench(configuration())
    let id = try bench.serve(request(choices: 2))
    _ = bench.step()
    _ = bench.step()
    #expect(bench.core.scheduler.blockUsage > 0)
    bench.core.follow(.cancel(id))
    #expect(bench.core.scheduler.blockUsage == 0)
    #expect(bench.desk.requestCount == 0)
    #expect(!bench.step())
  }

  @Test func `a deadline ends a request with a reason and without further work`() async throws {
    let bench = Bench(configuration())
    let hurried = try bench.serve(
      request { $0.maxTokens = 100 },
      deadline: .milliseconds(20)
    )
    let patient = try bench.serve(request())
    #expect(bench.finish())
    #expect(Answer(await bench.events(of: hurried)).failure == .deadlinePassed)
    #expect(Answer(await bench.events(of: patient)).reasons == [.length])
    #expect(bench.model.stepCount < 40)
  }

  @Test func `stopping fails what is unfinished, so nobody waits for ever`() async throws {
    let bench = Bench(configuration())
    let ids = [try bench.serve(request()), try bench.serve(request())]
    _ = bench.step()
    bench.core.stop()
    for id in ids {
      let events = await bench.events(of: id)
      #expect(Answer(events).failure == .engineStopped)
    }
    #expect(bench.desk.requestCount == 0)
  }

  @Test func `metrics count tokens, ends and latencies under both names`() async throws {
    let bench = Bench(configuration())
    _ = try await answer(to: request(choices: 2), on: bench)
    let text = bench.registry.exposition()
    for line in [
      "plimsoll_generation_tokens_total 16",
      "vllm:generation_tokens_total 16",
      "vllm:prompt_tokens_total 6",
      "vllm:request_success_total{finished_reason=\"length\"} 2",
      "vllm:time_to_first_token_seconds_count 2",
      "vllm:inter_token_latency_seconds_count 14",
      "vllm:e2e_request_latency_seconds_count 1",
      "vllm:num_requests_running 0",
      "vllm:kv_cache_usage_perc 0",
    ] {
      #expect(text.contains(line + "\n"), "\(line) in \(text)")
    }
  }
}
