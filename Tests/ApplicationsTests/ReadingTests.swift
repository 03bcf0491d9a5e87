import Applications
import OrderedCollections
import Randomness
import TestSupport
import Testing

struct ReadingTests {
  @Test func `every key is read`() throws {
    let application = try Application(parsing: fullDocument)
    let web = try #require(application.service("web"))
    #expect(application.name == "shop")
    #expect(application.metadata.labels == ["team": "core"])
    #expect(application.metadata.annotations == ["note": "12"])
    #expect(application.entryPoints[0].weight == 3)
    #expect(
      application.entryPoints[0].slo
        == SLO(quantile: 0.99, bound: .milliseconds(250), window: .seconds(120))
    )
    #expect(
      web.workload
        == .command(
          Application.Command(
            arguments: ["./web", "--fast", "1"],
            environment: ["MODE": "on"],
            healthPath: "/healthz"
          )
        )
    )
    #expect(web.resources.requests == ResourceAmount(cpu: Millicores(250), memory: .mebibytes(64)))
    #expect(web.resources.limits == ResourceAmount(cpu: Millicores(1000), memory: .mebibytes(128)))
    #expect(web.replicas == ReplicaBounds(initial: 2, minimum: 1, maximum: 8))
    #expect(web.startupTime == .seconds(2) && web.drainTime == .seconds(20))
    #expect(web.concurrency == 64 && web.queueLength == 10)
    #expect(
      web.cost == Cost(perReplicaHour: 0.01, perCoreHour: 0.05, perGibibyteHour: 0.005)
    )
    #expect(
      application.spec.nodes == [
        Application.NodeGroup(
          name: "small",
          count: 3,
          cpu: Millicores(4000),
          memory: .gibibytes(16),
          speed: 1.2
        )
      ]
    )
  }

  @Test func `work and calls are read with their stages`() throws {
    let application = try Application(parsing: fullDocument)
    let browse = try #require(application.service("web")?.operation("GET /browse"))
    #expect(
      browse.work
        == Application.Work(cpu: .milliseconds(3), variability: 0.8, payload: .kibibytes(12))
    )
    let plain = Application.Call(service: "cart", operation: "read")
    let first = Application.Call(
      service: "cart",
      operation: "read",
      probability: 0.4,
      count: 2,
      retries: 3,
      timeout: .milliseconds(100)
    )
    #expect(
      browse.calls == [
        .call(first),
        .parallel(
          [.call(plain), .sequence([.call(plain), .call(plain)], probability: 0.5)],
          probability: 0.9
        ),
      ]
    )
  }

  @Test func `a language model is read with its classes`() throws {
    let application = try Application(parsing: fullDocument)
    guard case .llm(let model) = application.service("model")?.workload else {
      Issue.record("no language model")
      return
    }
    #expect(model.model == "tales-10m-moe" && model.weights == .int4)
    #expect(model.speed == .init(prefill: 800, decode: 90, batch: 8))
    #expect(
      model.classes == [
        .init(
          name: "chat",
          promptTokens: .init(mean: 300, variability: 0.5),
          outputTokens: .init(mean: 80),
          timeToFirstToken: .milliseconds(500),
          timePerOutputToken: .milliseconds(50)
        )
      ]
    )
  }

  @Test func `what is left out has its default`() throws {
    let cart = try #require(try Application(parsing: fullDocument).service("cart"))
    let operation = Application.Operation(name: "read")
    #expect(cart == Application.Service(name: "cart", operations: [operation]))
  }

  @Test func `a full document keeps its meaning when it is written and read`() throws {
    let application = try Application(parsing: fullDocument)
    #expect(try Application(parsing: application.yaml) == application)
  }

  @Test(arguments: [UInt64](1...200))
  func `what is written is read back as it was`(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let application = Application.random(using: &generator)
    #expect(try Application(parsing: application.yaml) == application, "seed \(seed)")
  }

  @Test func `damaged documents are refused or read, never more`() {
    var generator = SplitMix64(seed: 11)
    let mutator = ByteMutator()
    for _ in 0..<FuzzCases.count {
      let bytes = mutator.mutate(Array(fullDocument.utf8), using: &generator)
      for problem in Application.problems(in: String(decoding: bytes, as: UTF8.self)) {
        #expect(problem.mark.line >= 1 && !problem.message.isEmpty)
      }
    }
  }

  @Test func `aliases of aliases cannot ask for a large memory`() {
    let lines = (1...30).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1), *a\($0 - 1)]" }
    let bomb = "a0: &a0 [x]\n" + lines.joined(separator: "\n")
    #expect(Application.problems(in: bomb).first?.message.contains("more than") == true)
  }
}
