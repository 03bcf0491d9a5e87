import Applications
import Comparison
import Control
import Foundation
import LocalCluster
import OrderedCollections
import Routing
import Simulation

/// One run of a comparison in the local world: real processes and requests, in real time.
///
/// The load begins once every replica is ready, and with it the run's time; the same seed sends the same requests
/// at the same moments.
struct LocalTrial: Sendable {
  let scenario: Scenario
  let seed: UInt64

  /// What replicas may need to be ready beyond their start-up time.
  private static let patience = Duration.seconds(60)

  func run(_ policy: any Policy, _ journal: any Journal) async throws -> SimulationReport {
    let cluster = try await LocalCluster.start(scenario.application, try options())
    guard cluster.limitations.isEmpty else {
      await cluster.stop(within: .zero)
      throw LocalTrialError.unlimited(cluster.limitations)
    }
    let keeping = Task { await cluster.run() }
    let result: Result<SimulationReport, any Error>
    do {
      try await untilReady(cluster)
      result = .success(try await measure(cluster, policy, journal))
    } catch {
      result = .failure(error)
    }
    keeping.cancel()
    await keeping.value
    // In a task that nobody cancels: an interrupted run takes its processes down in the same order.
    await Task { await cluster.stop(within: .seconds(5)) }.value
    return try result.get()
  }

  private func options() throws -> LocalClusterOptions {
    var options = try LocalClusterOptions(for: scenario.application)
    options.seed = seed
    options.report = { event in
      switch event {
      case .crashed, .notStarted: Terminal.writeError("! \(event)\n")
      case .leftoversRemoved: Terminal.writeError("\(event)\n")
      default: break
      }
    }
    return options
  }

  private func untilReady(_ cluster: LocalCluster) async throws {
    let services = scenario.application.services
    let end = cluster.now + (services.map(\.startupTime).max() ?? .zero) + Self.patience
    while true {
      let (observation, _) = await cluster.observe(since: ObservationHistory())
      let missing = observation.services.filter {
        $0.value.readyReplicaCount < $0.value.desiredReplicaCount
      }
      if missing.isEmpty { return }
      guard cluster.now < end else {
        throw LocalTrialError.notReady(missing.keys.map { "\($0)" })
      }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  private func measure(
    _ cluster: LocalCluster,
    _ policy: any Policy,
    _ journal: any Journal
  ) async throws -> SimulationReport {
    let record = TrialRecord(scenario.application)
    let world = RebasedWorld(cluster)
    var loop = ControlLoop(
      scenario.application,
      policy: policy,
      guardrails: .essential,
      source: ObservationRecorder(world) { record.see($0) },
      actuator: world,
      journal: journal
    )
    async let load: Void = TrialLoad(scenario: scenario, seed: seed, port: cluster.gateway.port)
      .send(to: record)
    var tick = loop.interval
    while tick <= scenario.duration {
      try await Task.sleep(for: max(tick - world.now, .zero))
      await loop.tick(at: world.now)
      tick += loop.interval
    }
    try await load
    try Task.checkCancellation()
    return record.report(policy: policy.descriptor.name, seed: seed, duration: scenario.duration)
  }
}

/// The local world with a time that begins with the run.
private struct RebasedWorld: MetricSource, Actuator {
  private let cluster: LocalCluster
  private let start: Duration

  init(_ cluster: LocalCluster) {
    self.cluster = cluster
    start = cluster.now
  }

  var now: Duration { cluster.now - start }

  func observe(at now: Duration) async -> Observation {
    var observation = await cluster.observe(at: now + start)
    observation.time = now
    for service in observation.services.keys {
      let count = observation.services[service]?.replicas.count ?? 0
      for place in 0..<count {
        observation.services[service]?.replicas[place].startedAt -= start
        observation.services[service]?.replicas[place].readinessChangedAt? -= start
      }
    }
    return observation
  }

  func apply(_ actions: [Action], at now: Duration) async -> [ActionResult] {
    await cluster.apply(actions, at: now + start)
  }
}

/// Why a run in the local world could not be made.
enum LocalTrialError: Error, CustomStringConvertible {
  case unlimited([String])
  case notReady([String])

  var description: String {
    switch self {
    case .unlimited(let limitations):
      "replicas without limits cannot be compared: \(limitations.joined(separator: "; "))."
        + " See docs/running-locally.md for the right to make control groups."
    case .notReady(let services):
      "\(services.joined(separator: ", ")) did not become ready; plimsoll run shows why."
    }
  }
}
