import Applications
import Control
import OrderedCollections

@testable import Policies

/// `front` calls `back` twice; both do 20 ms of CPU on a core each; the promise is 95 % within `bound`.
struct TwoServices {
  var bound = Duration.milliseconds(400)
  var counts = (front: 3, back: 3)
  /// Requests per second that enter, and that `back` reports, where that is not twice as many.
  var rate = 50.0
  var backRate: Double?
  var latency = 0.1
  /// P95 of `back`, and the share of its replicas' CPU in use.
  var backLatency = 0.02
  var backUsage = 0.5
  var time = Duration.seconds(15)

  static let window = Duration.seconds(15)

  var application: Application {
    let work = Application.Work(cpu: .milliseconds(20))
    let call = Application.Call(service: "back", operation: "get", count: 2)
    let resources = Resources(ResourceAmount(cpu: Millicores(1000), memory: .mebibytes(64)))
    let bounds = ReplicaBounds(initial: 1, minimum: 1, maximum: 20)
    func service(_ name: ServiceName, _ calls: [Application.CallStage]) -> Application.Service {
      Application.Service(
        name: name,
        resources: resources,
        replicas: bounds,
        operations: [Application.Operation(name: "get", work: work, calls: calls)]
      )
    }
    return Application(
      metadata: Application.Metadata(name: "two"),
      spec: Application.Spec(
        entryPoints: [
          Application.EntryPoint(
            name: "index",
            service: "front",
            operation: "get",
            slo: SLO(quantile: 0.95, bound: bound)
          )
        ],
        services: [service("front", [.call(call)]), service("back", [])]
      )
    )
  }

  func setting(_ parameters: String = "", of descriptor: PolicyDescriptor) throws -> PolicySetting {
    PolicySetting(
      application: application,
      parameters: try PolicyParameters(parsing: parameters, of: descriptor)
    )
  }

  var situation: Situation {
    var observation = Observation(time: time)
    observation.entryPoints["index"] = [
      .requestRate: Signal(rate, .requestsPerSecond, window: Self.window),
      .latencyP95: Signal(latency, .seconds, window: Self.window),
      .latencyAtSLO: Signal(latency, .seconds, window: .seconds(60)),
    ]
    observation.services["front"] = service(counts.front, rate: rate, latency: latency, usage: 0.5)
    observation.services["back"] = service(
      counts.back,
      rate: backRate ?? 2 * rate,
      latency: backLatency,
      usage: backUsage
    )
    let speed = ServiceProfile(cpuPerRequest: .milliseconds(20), startupTime: .seconds(5))
    return Situation(
      observation: observation,
      profile: Profile(services: ["front": speed, "back": speed])
    )
  }

  private func service(_ count: Int, rate: Double, latency: Double, usage: Double)
    -> ServiceObservation
  {
    let resources = Resources(ResourceAmount(cpu: Millicores(1000), memory: .mebibytes(64)))
    let signal = { (value: Double, unit: Signal.Unit) in
      Signal(value, unit, window: Self.window)
    }
    return ServiceObservation(
      desiredReplicaCount: count,
      resources: resources,
      replicas: (0..<count).map {
        ReplicaObservation(
          ordinal: $0,
          phase: .ready,
          startedAt: .seconds(-100),
          resources: resources
        )
      },
      signals: [
        .requestRate: signal(rate, .requestsPerSecond), .latencyP95: signal(latency, .seconds),
        .cpuUsage: signal(1000 * usage * Double(count), .millicores),
      ]
    )
  }

  /// The counts that the policy wants; the present ones where it wants no change.
  func desired(by policy: inout some Policy) -> [Int] {
    let actions = policy.decide(on: situation).actions
    return [("front", counts.front), ("back", counts.back)].map { name, count in
      actions.first { "\($0.service)" == name }?.replicaCount ?? count
    }
  }
}
