import Applications
import Control
import OrderedCollections

/// Requests to each service for one that enters at each entry point, in the mean.
struct EntryVisits: Sendable {
  private let counts: OrderedDictionary<EntryPointName, OrderedDictionary<ServiceName, Double>>

  /// The application's calls must have been checked, as those of one that was read are.
  init(_ application: Application) {
    let graph = CallGraph(checked: application)
    counts = OrderedDictionary(
      application.entryPoints.map { entryPoint in
        var services: OrderedDictionary<ServiceName, Double> = [:]
        for (node, count) in zip(graph.nodes, graph.visits(from: entryPoint)) where count > 0 {
          services[node.service, default: 0] += count
        }
        return (entryPoint.name, services)
      },
      uniquingKeysWith: { first, _ in first }
    )
  }

  /// By service; those that are never called are not there.
  subscript(entryPoint: EntryPointName) -> OrderedDictionary<ServiceName, Double> {
    counts[entryPoint] ?? [:]
  }

  /// Requests per second that each service gets for what enters now; nil while an entry point is silent.
  func rates(in observation: Observation) -> OrderedDictionary<ServiceName, Double>? {
    var rates: OrderedDictionary<ServiceName, Double> = [:]
    for (entryPoint, services) in counts {
      guard let rate = observation.entryPoints[entryPoint]?[.requestRate] else { return nil }
      for (service, count) in services { rates[service, default: 0] += rate.value * count }
    }
    return rates
  }
}
