import Applications
import Control
import OrderedCollections
import Testing

@testable import Simulation

@Suite struct SimulationRunTests {
  @Test func `a run reports what was promised, held and paid`() async {
    let run = SimulationRun(.shop, load: .constant(20), duration: .seconds(120), seed: 3)
    let report = await run.run()
    #expect(report.timeline.count == 8)
    let entry = report.entryPoints[0]
    #expect(abs(Double(entry.requestCount) - 2400) < 200)
    #expect(entry.promise?.windowCount == 3)
    #expect(entry.promise?.keptShare == 1)
    // One replica of each, for two minutes, at the default prices.
    #expect(report.services.map(\.peakReplicaCount) == [1, 1, 1])
    let hours = 120.0 / 3600
    let cores = hours * (0.1 + 0.1 + 1) * 0.032
    let memory = hours * (64 + 64 + 512) / 1024 * 0.004
    #expect(abs(report.cost - cores - memory) < 1e-9)
    #expect(abs(report.services[0].usedCores - 0.04) < 0.004)
    #expect(await run.run() == report)
    #expect(report.text.contains("buy"))
  }

  @Test func `a policy sees the world and changes it`() async {
    var run = SimulationRun(.shop, load: .constant(20), duration: .seconds(120), seed: 3)
    run.guardrails = .essential
    let report = await run.run(policy: GrowingPolicy())
    #expect(report.policy == "growing")
    #expect(report.services[0].peakReplicaCount == 3)
    #expect(report.timeline.last?.readyReplicaCounts[0] == 3)
  }

  @Test func `a trace is read line by line`() throws {
    let trace = try RateTrace(parsing: "# rates\n10\n\n 20.5 \n", step: .seconds(2))
    #expect(trace.requestsPerSecond == [10, 20.5])
    #expect(trace.duration == .seconds(4))
    #expect(throws: RateTraceError.notARate(line: 2, text: "-1")) {
      try RateTrace(parsing: "10\n-1")
    }
    #expect(throws: RateTraceError.empty) { try RateTrace(parsing: "\n# none\n") }
  }
}

/// Wants three replicas of everything that it sees load on.
private struct GrowingPolicy: Policy {
  static let descriptor = PolicyDescriptor(
    name: "growing",
    summary: "Three of each.",
    interval: .seconds(15),
    place: Taxonomy(directions: [.horizontal], trigger: .none, technique: .none, objectives: [.sla])
  )

  mutating func decide(on situation: Situation) -> Decision {
    let loaded = situation.observation.services.filter {
      ($0.value.signals[.requestRate]?.value ?? 0) > 0 && $0.value.desiredReplicaCount < 3
    }
    return Decision(
      actions: loaded.keys.map { Action($0, replicaCount: 3, because: Reason("three of each")) }
    )
  }
}
