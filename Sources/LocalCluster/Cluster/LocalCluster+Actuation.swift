import Applications
package import Control
import OrderedCollections

// What the control loop may do: more replicas or fewer, larger ones or smaller, both at once.
extension LocalCluster: Actuator {
  package func apply(_ actions: [Action], at now: Duration) async -> [ActionResult] {
    actions.map { apply($0) }
  }

  private func apply(_ action: Action) -> ActionResult {
    guard services[action.service] != nil else {
      return .infeasible("the application has no service \(action.service)")
    }
    if let count = action.replicaCount {
      guard count >= 0 else { return .infeasible("\(count) replicas") }
      services[action.service]?.set.desiredCount = count
    }
    guard let resources = action.resources else { return .done }
    return resize(action.service, to: resources)
  }

  /// Writes the new limits of every replica that runs; later ones start with them.
  private func resize(_ name: ServiceName, to resources: Resources) -> ActionResult {
    services[name]?.resources = resources
    guard let service = services[name] else { return .done }
    var failures: [String] = []
    for (ordinal, process) in service.processes {
      do {
        try process.group?.apply(resources)
      } catch {
        let replica = service.name(of: ordinal)
        options.report(.resizeFailed(replica: replica, reason: "\(error)"))
        failures.append("\(replica): \(error)")
      }
    }
    if let first = failures.first { return .deferred("kept until the next start: \(first)") }
    return groups.limitsCPU ? .done : .deferred("noted, but \(limitations.joined(separator: "; "))")
  }
}
