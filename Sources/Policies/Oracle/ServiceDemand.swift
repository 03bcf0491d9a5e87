import Applications
import OrderedCollections

/// How long one request to the application keeps each service's replicas busy, in the mean over the entry points' mix.
///
/// Calls count with their probability and number; retries are left out, as a well-provisioned application makes few.
struct ServiceDemand {
  /// Seconds of a replica's full capacity per request.
  private(set) var seconds: OrderedDictionary<ServiceName, Double>

  init(_ application: Application) {
    let weights = application.entryPoints.reduce(0) { $0 + $1.weight }
    seconds = OrderedDictionary(
      application.services.map { ($0.name, 0) },
      uniquingKeysWith: { first, _ in first }
    )
    guard weights > 0 else { return }
    var walk = Walk(application)
    for entry in application.entryPoints {
      let target = Walk.Target(service: entry.service, operation: entry.operation)
      for (service, demand) in walk.demand(of: target) {
        seconds[service, default: 0] += demand * entry.weight / weights
      }
    }
  }

  /// Goes down the calls once per operation, whoever calls it.
  private struct Walk {
    struct Target: Hashable {
      var service: ServiceName
      var operation: OperationName
    }

    private let services: OrderedDictionary<ServiceName, Application.Service>
    private var known: [Target: OrderedDictionary<ServiceName, Double>] = [:]

    init(_ application: Application) {
      services = OrderedDictionary(
        application.services.map { ($0.name, $0) },
        uniquingKeysWith: { first, _ in first }
      )
    }

    mutating func demand(of target: Target) -> OrderedDictionary<ServiceName, Double> {
      if let known = known[target] { return known }
      guard let service = services[target.service] else { return [:] }
      var sum: OrderedDictionary = [service.name: service.busySeconds(target.operation)]
      for stage in service.operation(target.operation)?.calls ?? [] {
        add(stage, times: 1, to: &sum)
      }
      known[target] = sum
      return sum
    }

    private mutating func add(
      _ stage: Application.CallStage,
      times: Double,
      to sum: inout OrderedDictionary<ServiceName, Double>
    ) {
      switch stage {
      case .call(let call):
        let target = Target(service: call.service, operation: call.operation)
        let count = times * call.probability * Double(call.count)
        for (name, demand) in demand(of: target) { sum[name, default: 0] += demand * count }
      case .sequence(let stages, let probability), .parallel(let stages, let probability):
        for stage in stages { add(stage, times: times * probability, to: &sum) }
      }
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
