package import Applications
package import Control

/// The simulated world behind Control's seams: an application on a simulated cluster.
///
/// Owned by whoever turns its clock. What ``observe(at:)`` measures is averaged since the last observation, as
/// in every world; on the way to the controller it passes the signal faults.
package final class SimulatedWorld: MetricSource, Actuator {
  package let application: Application
  package private(set) var cluster: SimulatedCluster
  private var signalFaults: SignalFaults

  package init(
    _ application: Application,
    load: RateTrace,
    faults: FaultPlan = FaultPlan(),
    signalFaults: SignalFaultPlan = SignalFaultPlan(),
    seed: UInt64 = 0
  ) {
    self.application = application
    cluster = SimulatedCluster(
      ClusterDescription(application),
      load: load,
      faults: faults,
      seed: seed
    )
    self.signalFaults = SignalFaults(signalFaults, seed: seed)
  }

  /// Time since the world began.
  package var now: Duration { cluster.now.duration }

  package func advance(to time: Duration) { cluster.advance(to: VirtualTime(time)) }

  package func observe(at now: Duration) -> Observation {
    advance(to: now)
    return signalFaults.pass(cluster.observe(application))
  }

  package func apply(_ actions: [Action], at now: Duration) -> [ActionResult] {
    advance(to: now)
    return actions.map(carryOut)
  }

  private func carryOut(_ action: Action) -> ActionResult {
    guard let service = application.services.firstIndex(where: { $0.name == action.service }) else {
      return .failed("there is no service \(action.service)")
    }
    if let resources = action.resources {
      let size = ReplicaSize(resources)
      guard cluster.couldEverFit(size) else {
        return .infeasible(
          "no node is large enough for \(resources.requests.cpu) CPU and "
            + "\(resources.requests.memory) of memory"
        )
      }
      cluster.resize(service, to: size)
    }
    if let count = action.replicaCount { cluster.scale(service, to: count) }
    let waiting = cluster.waitingCount(of: service)
    return waiting == 0 ? .done : .deferred("\(waiting) replicas wait for room on a node")
  }
}
