package import Applications

extension ClusterDescription {
  /// Compiles an application: every name becomes an index, every quantity a number.
  ///
  /// The application must be valid, as one that was read is. Machines that it does not state are as many of 8
  /// cores and 32 GiB as hold every service at its largest.
  package init(_ application: Application) {
    let places = OperationPlaces(application)
    self.init(
      services: application.services.map(SimulatedService.init),
      operations: application.services.enumerated().flatMap { index, service in
        service.callable.map { SimulatedOperation($0.operation, of: service, at: index, places) }
      },
      entryPoints: application.entryPoints.map {
        SimulatedEntryPoint(
          name: $0.name.rawValue,
          operation: places[$0.service, $0.operation],
          weight: $0.weight,
          promise: $0.slo.map { slo in
            PromiseRecord.Promise(quantile: slo.quantile, bound: slo.bound, window: slo.window)
          }
        )
      },
      nodes: application.machines
    )
  }
}

/// Where each operation stands in the table of all.
private struct OperationPlaces {
  private struct Key: Hashable {
    var service: ServiceName
    var operation: OperationName
  }

  private var places: [Key: Int] = [:]

  init(_ application: Application) {
    for service in application.services {
      for node in service.callable {
        places[Key(service: node.service, operation: node.operation)] = places.count
      }
    }
  }

  subscript(service: ServiceName, operation: OperationName) -> Int {
    guard let place = places[Key(service: service, operation: operation)] else {
      preconditionFailure("\(service) has no operation \(operation)")
    }
    return place
  }
}

extension Application {
  fileprivate var machines: [SimulatedNode] {
    guard spec.nodes.isEmpty else {
      return spec.nodes.flatMap { group in
        (0..<group.count).map {
          SimulatedNode(
            name: "\(group.name)-\($0)",
            cores: group.cpu.cores,
            memory: Int64(group.memory.bytes),
            speed: group.speed,
            keptQuota: SimulatedNode.keptQuota(cores: group.cpu.cores),
            turn: SimulatedNode.linuxTurn
          )
        }
      }
    }
    let requests = services.map { ($0.replicas.maximum, $0.resources.requests) }
    let cores = requests.reduce(0) { $0 + Double($1.0) * $1.1.cpu.cores }
    let memory = requests.reduce(0) { $0 + $1.0 * $1.1.memory.bytes }
    // A fifth more than the sum, because replicas do not fill machines without gaps.
    let count = max(cores / 8, Double(memory) / Double(32 << 30)) * 1.2
    return (0..<max(1, Int(count.rounded(.up)))).map {
      SimulatedNode(
        name: "node-\($0)",
        cores: 8,
        memory: 32 << 30,
        keptQuota: SimulatedNode.keptQuota(cores: 8),
        turn: SimulatedNode.linuxTurn
      )
    }
  }
}

extension SimulatedService {
  fileprivate init(_ service: Application.Service) {
    self.init(
      name: service.name.rawValue,
      size: ReplicaSize(service.resources),
      replicaCount: service.replicas.initial,
      concurrency: service.concurrency,
      queueLength: service.queueLength,
      startupTime: .constant(service.startupTime),
      drainTime: service.drainTime
    )
    guard case .llm(let model) = service.workload else { return }
    // A batch decodes together, each sequence at the speed it has alone: a thread for each place in it.
    concurrency = model.speed.batch
    parallelism = model.speed.batch
    threadCores = service.resources.limits.cpu.cores / Double(model.speed.batch)
  }
}

extension ReplicaSize {
  package init(_ resources: Resources) {
    self.init(
      cpuRequest: resources.requests.cpu.cores,
      cpuLimit: resources.limits.cpu.cores,
      memoryRequest: Int64(resources.requests.memory.bytes),
      memoryLimit: Int64(resources.limits.memory.bytes)
    )
  }

  /// As the application document writes it.
  package var resources: Resources {
    Resources(
      requests: ResourceAmount(
        cpu: Millicores(Int((cpuRequest * 1000).rounded())),
        memory: ByteCount(Int(memoryRequest))
      ),
      limits: ResourceAmount(
        cpu: Millicores(Int((cpuLimit * 1000).rounded())),
        memory: ByteCount(Int(memoryLimit))
      )
    )
  }
}

extension SimulatedOperation {
  fileprivate init(
    _ name: OperationName,
    of service: Application.Service,
    at index: Int,
    _ places: OperationPlaces
  ) {
    let work = service.operation(name)?.work ?? Application.Work(cpu: .zero)
    let calls = service.operation(name)?.calls ?? []
    self.init(
      name: name.rawValue,
      service: index,
      work: service.generation(of: name)
        ?? .logNormal(mean: work.cpu, variability: work.variability),
      stages: calls.flatMap { SimulatedStage.all($0, isParallel: false, places) }
    )
  }
}

extension Application.Service {
  /// How long a language model takes to answer a request of this class alone; nil for other services.
  ///
  /// Reading the prompt and writing the answer vary independently; their sum is taken as log-normal.
  fileprivate func generation(of name: OperationName) -> Spread? {
    guard case .llm(let model) = workload,
      let kind = model.classes.first(where: { $0.name == name })
    else { return nil }
    let reading = kind.promptTokens.mean / model.speed.prefill
    let writing = kind.outputTokens.mean / model.speed.decode
    let deviations = [
      reading * kind.promptTokens.variability, writing * kind.outputTokens.variability,
    ]
    let variance = deviations.reduce(0) { $0 + $1 * $1 }
    let mean = reading + writing
    return .logNormal(
      mean: .nanoseconds(Int64(mean * 1e9)),
      variability: mean > 0 ? variance.squareRoot() / mean : 0
    )
  }
}

extension SimulatedStage {
  /// A stage; a call that is made several times becomes as many stages.
  fileprivate static func all(
    _ stage: Application.CallStage,
    isParallel: Bool,
    _ places: OperationPlaces
  ) -> [SimulatedStage] {
    switch stage {
    case .sequence(let stages, let probability):
      return [
        .sequence(stages.flatMap { all($0, isParallel: false, places) }, probability: probability)
      ]
    case .parallel(let stages, let probability):
      return [
        .parallel(stages.flatMap { all($0, isParallel: true, places) }, probability: probability)
      ]
    case .call(let call):
      let one = SimulatedCall(
        places[call.service, call.operation],
        retryCount: call.retries,
        timeout: call.timeout
      )
      if call.count == 1 { return [.call(one, probability: call.probability)] }
      // Whether it is made at all is one draw for all of them.
      let several = [SimulatedStage](repeating: .call(one), count: call.count)
      return isParallel
        ? [.parallel(several, probability: call.probability)]
        : [.sequence(several, probability: call.probability)]
    }
  }
}
