import Applications
import Control
import OrderedCollections

/// A world of one's own making: hands out what it holds and does at once what it is told.
final class FakeWorld: MetricSource, Actuator {
  var observation: Observation
  var answer: ActionResult = .done
  private(set) var applied: [Action] = []

  init(_ application: Application) {
    observation = Observation(
      time: .zero,
      services: OrderedDictionary(
        uniqueKeysWithValues: application.services.map { ($0.name, ServiceObservation(of: $0)) }
      )
    )
  }

  func observe(at now: Duration) -> Observation {
    observation.time = now
    return observation
  }

  func apply(_ actions: [Action], at now: Duration) -> [ActionResult] {
    applied += actions
    guard answer == .done else { return actions.map { _ in answer } }
    for action in actions {
      if let count = action.replicaCount {
        observation.services[action.service]?.desiredReplicaCount = count
      }
      if let resources = action.resources {
        observation.services[action.service]?.resources = resources
      }
    }
    return actions.map { _ in .done }
  }
}

extension ServiceObservation {
  /// A service as it starts, with fresh signals.
  init(of service: Application.Service) {
    self.init(
      desiredReplicaCount: service.replicas.initial,
      resources: service.resources,
      replicas: (0..<service.replicas.initial).map {
        ReplicaObservation(
          ordinal: $0,
          phase: .ready,
          startedAt: .zero,
          readinessChangedAt: .seconds(3),
          resources: service.resources
        )
      },
      signals: [
        .cpuUsage: Signal(50, .millicores, window: .seconds(15)),
        .requestRate: Signal(100, .requestsPerSecond, window: .seconds(15)),
        .latencyP95: Signal(0.04, .seconds, window: .seconds(15)),
      ]
    )
  }
}

/// Does at each tick what a script says.
struct ScriptedPolicy: Policy {
  static let descriptor = PolicyDescriptor(
    name: "scripted",
    summary: "Does what the test says.",
    interval: .seconds(15),
    place: Taxonomy(
      directions: [.horizontal],
      trigger: .none,
      technique: .none,
      objectives: [.sla]
    )
  )
  var script: [Decision]

  mutating func decide(on situation: Situation) -> Decision {
    script.isEmpty ? Decision() : script.removeFirst()
  }
}

extension Application {
  /// Services without calls, named s0, s1, …, with `replicas` each.
  static func flat(_ count: Int, replicas: ReplicaBounds) -> Application {
    let services = (0..<count).map {
      Service(name: ServiceName("s\($0)"), replicas: replicas, operations: [Operation(name: "get")])
    }
    return Application(
      metadata: Metadata(name: "flat"),
      spec: Spec(
        entryPoints: [EntryPoint(name: "get", service: "s0", operation: "get")],
        services: services
      )
    )
  }
}
