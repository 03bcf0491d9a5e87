import Applications
import Control
import OrderedCollections
import Simulation
import Synchronization

/// What a run in the local world showed: every request, and what was observed.
final class TrialRecord: Sendable {
  private struct State {
    var entryPoints: [EntryPointRecord]
    var services: [ServiceRecord]
    var timeline: [SimulationReport.Moment] = []
    var observedAt = Duration.zero
  }

  private let application: Application
  private let state: Mutex<State>

  init(_ application: Application) {
    self.application = application
    state = Mutex(
      State(
        entryPoints: application.entryPoints.map { EntryPointRecord($0.slo) },
        services: application.services.map { _ in ServiceRecord() }
      )
    )
  }

  /// A request that was due then has ended.
  func end(at entryPoint: Int, due: Duration, isFailed: Bool, now: Duration) {
    state.withLock {
      $0.entryPoints[entryPoint].end(after: now - due, isFailed: isFailed, at: now)
    }
  }

  /// Takes note of what the policy sees.
  func see(_ observation: Observation) {
    state.withLock { state in
      let time = observation.time - state.observedAt
      state.observedAt = observation.time
      for (place, service) in application.services.enumerated() {
        guard let seen = observation.services[service.name] else { continue }
        state.services[place].add(seen, over: time)
      }
      let moment = SimulationReport.Moment(
        observation,
        brokenWindowCounts: state.entryPoints.map { $0.promise?.brokenWindowCount ?? 0 },
        cost: application.price(of: state.services)
      )
      state.timeline.append(moment)
    }
  }

  func report(policy: String, seed: UInt64, duration: Duration) -> SimulationReport {
    state.withLock { state in
      for place in state.entryPoints.indices { state.entryPoints[place].settle(at: duration) }
      return SimulationReport(
        of: application,
        policy: policy,
        seed: seed,
        duration: duration,
        entryPoints: state.entryPoints,
        services: state.services,
        timeline: state.timeline
      )
    }
  }
}
