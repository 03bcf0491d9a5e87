import OrderedJSON
import Testing

@testable import LoadGeneration

@Suite struct WorkloadTests {
  private let classes = [
    ServiceClass(name: "interactive", share: 40, outputTokenCap: 64),
    ServiceClass(name: "standard", share: 40),
    ServiceClass(name: "batch", share: 20),
  ]

  private func workload(seed: UInt64 = 1, classes: [ServiceClass]? = nil) -> Workload {
    Workload(
      arrivals: .process(
        .poisson,
        .constant(10, for: .seconds(1_000)),
        .uniform(prompt: 10...500, output: 1...200)
      ),
      classes: classes ?? self.classes,
      requestLimit: 5_000,
      seed: seed
    )
  }

  @Test func `a seed fixes every request`() {
    #expect(workload().requests == workload().requests)
    #expect(workload().requests != workload(seed: 2).requests)
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func `classes get their share`(seed: UInt64) {
    let requests = workload(seed: seed).requests
    #expect(requests.count == 5_000)
    for (index, share) in [0.4, 0.4, 0.2].enumerated() {
      let count = requests.count { $0.classIndex == index }
      #expect(abs(Double(count) / 5_000 - share) < 0.035, "seed \(seed), class \(index): \(count)")
    }
  }

  @Test func `another mix of classes shifts no arrival and no length`() {
    let other = workload(classes: [ServiceClass(name: "")]).requests
    #expect(workload().requests.map(\.arrival) == other.map(\.arrival))
    #expect(workload().requests.map(\.promptTokenCount) == other.map(\.promptTokenCount))
  }

  @Test func `no answer exceeds its class's cap or the context`() {
    var workload = workload()
    workload.contextLimit = 300
    for request in workload.requests {
      let cap = workload.outputTokenCap(
        classIndex: request.classIndex,
        promptTokenCount: request.promptTokenCount
      )
      #expect(request.outputTokenCount <= cap && cap <= classes[request.classIndex].outputTokenCap)
      #expect(request.promptTokenCount + cap <= 300)
      #expect(request.promptTokenCount >= 1 && request.outputTokenCount >= 1)
    }
  }

  @Test func `a replayed trace keeps its times and lengths`() {
    let trace = TokenTrace(rows: [
      .init(arrival: .zero, promptTokenCount: 7, outputTokenCount: 3),
      .init(arrival: .seconds(2), promptTokenCount: 9, outputTokenCount: 4_000),
    ])
    let requests = Workload(arrivals: .replay(trace), classes: [classes[1]], seed: 1).requests
    #expect(requests.map(\.arrival) == [.zero, .seconds(2)])
    #expect(requests.map(\.outputTokenCount) == [3, 1_024])
  }

  @Test func `prompts have their length, their seed, and nothing in common`() throws {
    let source = PromptSource.tokens(Array(100..<400))
    guard case .tokens(let first) = source.prompt(tokenCount: 64, index: 0, seed: 5),
      case .tokens(let second) = source.prompt(tokenCount: 64, index: 1, seed: 5)
    else { throw CancellationError() }
    #expect(first.count == 64 && first.allSatisfy((100..<400).contains))
    #expect(source.prompt(tokenCount: 64, index: 0, seed: 5) == .tokens(first))
    #expect(zip(first, second).prefix { $0 == $1 }.count < 4)
    guard
      case .text(let text) = PromptSource.words(tokensPerWord: 1.6)
        .prompt(tokenCount: 16, index: 0, seed: 5)
    else { throw CancellationError() }
    #expect(text.split(separator: " ").count == 10)
  }

  @Test func `each server is asked in its own words`() {
    let body = { (dialect: ServerDialect) in
      dialect.body(
        model: "m",
        prompt: .tokens([1, 2]),
        serviceClass: classes[0],
        outputTokenCap: 64,
        outputTokenCount: 9
      )
    }
    let plimsoll = body(.plimsoll)
    #expect(plimsoll["max_tokens"] == 64)
    #expect(plimsoll["bench_output_length"] == 9)
    #expect(plimsoll["service_tier"] == "interactive")
    #expect(plimsoll["prompt"] == [1, 2])
    #expect(plimsoll["stream"] == true)
    #expect(body(.llama)["n_predict"] == 9)
    #expect(body(.llama)["max_tokens"] == nil)
    #expect(body(.vllm)["max_tokens"] == 9)
    #expect(body(.vllm)["ignore_eos"] == true)
    #expect(body(.openai)["service_tier"] == nil)
    #expect(ServerDialect(owner: "llamacpp") == .llama)
    #expect(ServerDialect(owner: nil) == .openai)
  }
}
