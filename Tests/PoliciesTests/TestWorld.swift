import Applications
import Control
import OrderedCollections

/// One service named `web` as a policy sees it, replica by replica.
struct TestWorld {
  var time = Duration.zero
  var service: ServiceObservation

  static let cpuRequest = Millicores(1000)

  /// Ready replicas that started long ago; `usage` in millicores each, nil for no sample.
  init(usage: [Double?], desired: Int? = nil) {
    let resources = Resources(ResourceAmount(cpu: Self.cpuRequest, memory: .mebibytes(256)))
    service = ServiceObservation(
      desiredReplicaCount: desired ?? usage.count,
      resources: resources,
      replicas: usage.enumerated().map { index, usage in
        var replica = ReplicaObservation(
          ordinal: index,
          phase: .ready,
          startedAt: .seconds(-10_000),
          readinessChangedAt: .seconds(-9_990),
          resources: resources
        )
        if let usage {
          replica.signals[.cpuUsage] = Signal(usage, .millicores, window: .seconds(15))
        }
        return replica
      }
    )
  }

  /// Ready replicas with a number of requests inside the service.
  init(replicas: Int, concurrency: Double, window: Duration = .seconds(2)) {
    self.init(usage: Array(repeating: nil, count: replicas))
    service.signals[.concurrency] = Signal(concurrency, .requests, window: window)
  }

  var situation: Situation {
    Situation(observation: Observation(time: time, services: ["web": service]))
  }

  /// The replicas that the policy wants now; the current number if it wants no change.
  func desired(by policy: inout some Policy) -> Int {
    let action = policy.decide(on: situation).actions.first { $0.service == "web" }
    return action?.replicaCount ?? service.desiredReplicaCount
  }
}

extension PolicySetting {
  /// An application of one service.
  static func web(
    _ parameters: String = "",
    of descriptor: PolicyDescriptor,
    replicas: ReplicaBounds = ReplicaBounds(initial: 1, minimum: 1, maximum: 100)
  ) throws -> PolicySetting {
    let service = Application.Service(name: "web", replicas: replicas)
    let application = Application(
      metadata: Application.Metadata(name: "test"),
      spec: Application.Spec(entryPoints: [], services: [service])
    )
    return PolicySetting(
      application: application,
      parameters: try PolicyParameters(parsing: parameters, of: descriptor)
    )
  }
}
