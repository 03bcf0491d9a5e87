import Applications
import Control
import Foundation
import Policies
import Simulation

@testable import Comparison

/// A shop of one service that a hundred requests per second keep busy.
let shopDocument = """
  apiVersion: plimsoll.dev/v1alpha1
  kind: Application
  metadata:
    name: shop
  spec:
    entryPoints:
    - name: buy
      service: front
      operation: buy
      slo: {quantile: 0.95, bound: 200ms, window: 30s}
    services:
    - name: front
      replicas: {min: 1, max: 20, initial: 2}
      resources:
        requests: {cpu: 200m, memory: 64Mi}
        limits: {cpu: 200m, memory: 64Mi}
      startupTime: 5s
      operations:
      - name: buy
        work: {cpu: 5ms}
  """

extension Scenario {
  /// Two minutes in the shop, a step after the first.
  static func shop(rates: [Double] = [20, 120]) throws -> Scenario {
    let load = RateTrace(step: .seconds(60), requestsPerSecond: rates)
    return Scenario(
      try Application(parsing: shopDocument),
      document: shopDocument,
      load: load,
      duration: load.duration,
      version: "1"
    )
  }
}

extension ComparisonPlan {
  static func shop(
    _ policies: String = "static,hpa,oracle",
    seedCount: Int = 2,
    scenario: Scenario? = nil,
    learned: LearnedInputs = LearnedInputs()
  ) throws -> ComparisonPlan {
    try ComparisonPlan(
      scenario ?? .shop(),
      policies: PolicyChoice.list(policies, in: .standard),
      seedCount: seedCount,
      registry: .standard,
      learned: learned
    )
  }
}

/// A folder of its own for one test.
struct TemporaryFolder: ~Copyable {
  let path = FileManager.default.temporaryDirectory.path + "/comparison-\(UUID().uuidString)"

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var fileNames: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
}

/// Policies of every role, for findings that need no run.
let cast = PolicyRegistry([
  PolicyRegistry.Entry(Rule.self) { _ in Rule() },
  PolicyRegistry.Entry(Controller.self) { _ in Controller() },
  PolicyRegistry.Entry(Seer.self) { _ in Seer() },
  PolicyRegistry.Entry(Learner.self) { _ in Learner() },
])

private struct Rule: IdlePolicy {
  static let descriptor = describe("rule", .rule)
}

private struct Controller: IdlePolicy {
  static let descriptor = describe("controller", .controlTheory)
}

private struct Seer: IdlePolicy {
  static let descriptor = describe("seer", .foresight)
}

private struct Learner: IdlePolicy {
  static let descriptor = describe("learner", .deepLearning)
}

private protocol IdlePolicy: Policy {}

extension IdlePolicy {
  func decide(on situation: Situation) -> Decision { Decision() }

  static func describe(_ name: String, _ technique: Taxonomy.Technique) -> PolicyDescriptor {
    PolicyDescriptor(
      name: name,
      summary: "\(name).",
      interval: .seconds(15),
      place: Taxonomy(
        directions: [.horizontal],
        trigger: .none,
        technique: technique,
        objectives: []
      )
    )
  }
}

extension PolicySummary {
  /// A policy that broke so many windows at each seed, of ten or of so many, at these costs.
  static func made(
    _ name: String,
    broken: [Int],
    of windows: [Int]? = nil,
    cost: [Double]
  ) throws -> PolicySummary {
    let choice = try PolicyChoice.list(name, in: cast)[0]
    let records = broken.indices.map { seed in
      RunRecord(
        RunKey(policy: name, seed: UInt64(seed), scenario: Digest()),
        SimulationReport(broken: broken[seed], of: windows?[seed] ?? 10, cost: cost[seed]),
        changeCount: 0
      )
    }
    return PolicySummary(choice, records)
  }
}
