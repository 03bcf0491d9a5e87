package import Applications
package import Control
import OrderedCollections

/// One service alone, a replica without callees, under a load that rises step by step to its capacity.
package struct ServiceSweep: Sendable {
  /// The service with its entry points, in the mix in which the application calls its operations.
  package let application: Application
  /// Requests per second that use all of the replica's quota.
  package let capacity: Double

  /// Shares of the capacity.
  private static let shares = [0.05, 0.15, 0.3, 0.45, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]
  /// Seconds of each step, and those of its beginning that do not count.
  private static let (stepLength, unsettled) = (150, 30)

  /// One observation: the rate that came, and the signals.
  package struct Reading: Sendable, Hashable {
    /// The share of the capacity that was meant to come.
    package var share: Double
    package var signals: Signals
  }

  /// Nil for a service that no request reaches, or whose work is not stated.
  package init?(_ name: ServiceName, of application: Application) {
    guard var service = application.service(name), case .synthetic = service.workload else {
      return nil
    }
    let graph = CallGraph(checked: application)
    let visits = graph.visits(of: application.entryPoints)
    for index in service.operations.indices { service.operations[index].calls = [] }
    service.replicas = ReplicaBounds(initial: 1, minimum: 1, maximum: 1)
    let mix = service.operations.map { operation in
      let node = CallGraph.Node(service: name, operation: operation.name)
      return (
        operation: operation, weight: graph.nodes.firstIndex(of: node).map { visits[$0] } ?? 0
      )
    }.filter { $0.weight > 0 }
    let weight = mix.reduce(0) { $0 + $1.weight }
    let seconds = mix.reduce(0) { $0 + $1.weight * $1.operation.work.cpu.seconds }
    guard weight > 0, seconds > 0 else { return nil }
    capacity = service.resources.limits.cpu.cores * weight / seconds
    self.application = Application(
      metadata: Application.Metadata(name: name.rawValue),
      spec: Application.Spec(
        entryPoints: mix.map { part in
          Application.EntryPoint(
            name: EntryPointName(part.operation.name.rawValue),
            service: name,
            operation: part.operation.name,
            weight: part.weight
          )
        },
        services: [service]
      )
    )
  }

  /// What was observed once each step had settled, in the simulated world.
  package func readings(seed: UInt64) async -> [Reading] {
    let rates = Self.shares.flatMap { share in
      Array(repeating: share * capacity, count: Self.stepLength)
    }
    let load = RateTrace(step: .seconds(1), requestsPerSecond: rates)
    let run = SimulationRun(application, load: load, seed: seed)
    var readings: [Reading] = []
    _ = await run.run { observation in
      let second = Int(observation.time / .seconds(1))
      let step = (second - 1) / Self.stepLength
      guard second - step * Self.stepLength > Self.unsettled, step < Self.shares.count,
        let service = observation.services.values.first
      else { return }
      readings.append(Reading(share: Self.shares[step], signals: service.signals))
    }
    return readings
  }
}
