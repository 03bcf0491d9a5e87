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
  /// The coefficient of variation of the work of one request to each service, over the mix of its operations.
  private(set) var variability: OrderedDictionary<ServiceName, Double> = [:]

  /// The application's calls must have been checked, as those of one that was read are.
  init(_ application: Application) {
    let graph = CallGraph(checked: application)
    let counts = graph.visits(of: application.entryPoints)
    for service in application.services {
      var (visits, seconds, squares) = (0.0, 0.0, 0.0)
      for node in service.callable {
        let count = graph.nodes.firstIndex(of: node).map { counts[$0] } ?? 0
        let work = service.busyTime(node.operation)
        visits += count
        seconds += count * work.mean
        squares += count * work.mean * work.mean * (1 + work.variability * work.variability)
      }
      if seconds > 0 {
        let spread = squares * visits / (seconds * seconds) - 1
        variability[service.name] = max(0, spread).squareRoot()
      }
      self.visits[service.name] = visits
      self.seconds[service.name] = seconds
    }
  }
}

extension Application.Service {
  /// How long one request to an operation keeps a replica of this size busy: the mean in seconds, and its coefficient of variation.
  ///
  /// A model's time varies with the lengths of prompts and answers, taken to be one after the other.
  fileprivate func busyTime(_ operation: OperationName) -> (mean: Double, variability: Double) {
    switch workload {
    case .llm(let model):
      guard let kind = model.classes.first(where: { $0.name == operation }) else { return (0, 0) }
      let prefill = kind.promptTokens.mean / model.speed.prefill
      let decode = kind.outputTokens.mean / (model.speed.decode * Double(model.speed.batch))
      let deviations = (
        prefill * kind.promptTokens.variability, decode * kind.outputTokens.variability
      )
      let mean = prefill + decode
      let variance = deviations.0 * deviations.0 + deviations.1 * deviations.1
      return (mean, mean > 0 ? variance.squareRoot() / mean : 0)
    case .synthetic, .command:
      let cores = resources.limits.cpu.cores
      guard cores > 0, let work = self.operation(operation)?.work else { return (0, 0) }
      return (work.cpu.seconds / cores, work.variability)
    }
  }
}
