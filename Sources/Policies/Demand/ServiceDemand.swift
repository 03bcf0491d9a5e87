import Applications
import OrderedCollections

/// How long one request to the application keeps each service's replicas busy, in the mean over the entry points' mix.
///
/// Retries are left out, as a well-provisioned application makes few.
struct ServiceDemand {
  /// Seconds of a replica's full capacity per request.
  private(set) var seconds: OrderedDictionary<ServiceName, Double> = [:]
  /// Requests to each service per request to the application.
  private(set) var visits: OrderedDictionary<ServiceName, Double> = [:]

  init(_ application: Application) throws(CallGraph.Fault) {
    let graph = try CallGraph(application)
    let counts = graph.visits(of: application.entryPoints)
    for service in application.services {
      var (visits, seconds) = (0.0, 0.0)
      for node in service.callable {
        let count = graph.nodes.firstIndex(of: node).map { counts[$0] } ?? 0
        visits += count
        seconds += count * service.busySeconds(node.operation)
      }
      self.visits[service.name] = visits
      self.seconds[service.name] = seconds
    }
  }

  /// Of an application whose calls were checked when it was read.
  init(checked application: Application) {
    do {
      try self.init(application)
    } catch {
      preconditionFailure("an application whose calls were not checked: \(error)")
    }
  }
}

extension Application.Service {
  /// How long one request to an operation keeps a replica of this size busy.
  fileprivate func busySeconds(_ operation: OperationName) -> Double {
    switch workload {
    case .llm(let model):
      guard let kind = model.classes.first(where: { $0.name == operation }) else { return 0 }
      let decode = model.speed.decode * Double(model.speed.batch)
      return kind.promptTokens.mean / model.speed.prefill + kind.outputTokens.mean / decode
    case .synthetic, .command:
      let cores = resources.limits.cpu.cores
      guard cores > 0, let work = self.operation(operation)?.work else { return 0 }
      return work.cpu.seconds / cores
    }
  }
}
