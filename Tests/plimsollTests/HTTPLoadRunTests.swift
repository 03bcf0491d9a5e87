import LoadGeneration
import NIOCore
import NIOHTTP1
import OrderedJSON
import Synchronization
import Testing

@testable import plimsoll

@Suite struct HTTPLoadRunTests {
  private func measure(
    _ arrivals: ArrivalTimes,
    timeout: Duration = .seconds(60),
    connectionLimit: Int = 64,
    _ answer: @escaping TinyServer.Answer
  ) async throws -> HTTPLoadSummary {
    try await TinyServer.run(answer) { url in
      try await LoadClient.with(connectionLimit: connectionLimit, timeout: timeout) { client in
        let run = HTTPLoadRun(
          client: client,
          url: url + "/cart",
          method: .POST,
          headers: ["x-user": "7"],
          body: ByteBuffer(string: #"{"items":3}"#),
          timeout: timeout
        )
        return await run.measure(arrivals, expectedCount: 100)
      }
    }
  }

  @Test func `every arrival becomes one request, over few connections`() async throws {
    let good = Atomic(0)
    let summary = try await measure(
      ArrivalTimes(.poisson, .constant(500, for: .milliseconds(400)), seed: 3),
      connectionLimit: 4
    ) { path, body in
      if path == "/cart", body["items"] == 3 { good.add(1, ordering: .relaxed) }
      return .json(["ok": true])
    }
    let planned = Array(ArrivalTimes(.poisson, .constant(500, for: .milliseconds(400)), seed: 3))
    #expect(summary.offeredCount == planned.count)
    #expect(summary.successCount == planned.count)
    #expect(good.load(ordering: .relaxed) == planned.count)
    #expect(summary.statusCounts == [200: planned.count])
    #expect(summary.elapsed >= planned.last ?? .zero)
  }

  @Test func `error answers have no latency but are counted`() async throws {
    let summary = try await measure(
      ArrivalTimes(.constant, .constant(50, for: .seconds(0.2)), seed: 1)
    ) { _, _ in .refusal(status: 503, message: "no") }
    #expect(summary.statusCounts == [503: 10])
    #expect(summary.failureCount == 10 && summary.latency.count == 0)
  }

  @Test func `a server that never answers times out, and nothing listening is a failure`()
    async throws
  {
    let silent = try await measure(
      ArrivalTimes(.constant, .constant(100, for: .milliseconds(50)), seed: 1),
      timeout: .milliseconds(100)
    ) { _, _ in .silence }
    #expect(silent.timeoutCount == 5)
    let nobody = try await LoadClient.with(connectionLimit: 1, timeout: .seconds(10)) { client in
      let run = HTTPLoadRun(
        client: client,
        url: "http://127.0.0.1:1",
        method: .GET,
        headers: [:],
        body: nil,
        timeout: .seconds(10)
      )
      let arrivals = ArrivalTimes(.constant, .constant(10, for: .milliseconds(100)), seed: 1)
      return await run.measure(arrivals, expectedCount: 1)
    }
    #expect(nobody.offeredCount == 1 && nobody.failureCount == 1)
  }
}
