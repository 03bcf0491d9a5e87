package import Applications

/// What one synthetic service does, as a file that its replicas read.
package struct SyntheticPlan: Hashable, Sendable, Codable {
  package var service: String
  /// Requests in work at once, and waiting at most.
  package var concurrency: Int
  package var queueLength: Int
  package var startupSeconds: Double
  package var seed: UInt64
  package var operations: [String: Operation]
  /// The router's port for each service that is called.
  package var ports: [String: Int]

  package struct Operation: Hashable, Sendable, Codable {
    package var meanCPUSeconds: Double
    package var variability: Double
    package var payloadSize: Int
    package var stages: [Stage]
  }

  /// A step of an operation, as ``Application/CallStage`` has it.
  package indirect enum Stage: Hashable, Sendable, Codable {
    case call(Call)
    case sequence([Stage], probability: Double)
    case parallel([Stage], probability: Double)
  }

  package struct Call: Hashable, Sendable, Codable {
    package var service: String
    package var operation: String
    package var probability: Double
    package var count: Int
    package var retries: Int
    package var timeoutSeconds: Double?
    /// What to ask for where a language model is called; nil elsewhere.
    package var generation: Generation?
  }

  /// A request to a language model: how long the prompt and the answer are, in tokens.
  package struct Generation: Hashable, Sendable, Codable {
    package var meanPromptTokens: Double
    package var promptVariability: Double
    package var meanOutputTokens: Double
    package var outputVariability: Double
  }

  package init(
    _ service: Application.Service,
    of application: Application,
    ports: [ServiceName: Int],
    seed: UInt64
  ) {
    self.service = service.name.rawValue
    concurrency = service.concurrency
    queueLength = service.queueLength
    startupSeconds = service.startupTime.seconds
    self.seed = seed
    operations = Dictionary(
      service.operations.map { ($0.name.rawValue, Operation($0, of: application)) },
      uniquingKeysWith: { first, _ in first }
    )
    self.ports = Dictionary(
      ports.map { ($0.key.rawValue, $0.value) },
      uniquingKeysWith: { first, _ in first }
    )
  }
}

extension SyntheticPlan.Operation {
  init(_ operation: Application.Operation, of application: Application) {
    self.init(
      meanCPUSeconds: operation.work.cpu.seconds,
      variability: operation.work.variability,
      payloadSize: operation.work.payload.bytes,
      stages: operation.calls.map { SyntheticPlan.Stage($0, of: application) }
    )
  }

  var cpuSeconds: LogNormal { LogNormal(mean: meanCPUSeconds, variability: variability) }
}

extension SyntheticPlan.Stage {
  init(_ stage: Application.CallStage, of application: Application) {
    switch stage {
    case .call(let call): self = .call(SyntheticPlan.Call(call, of: application))
    case .sequence(let stages, let probability):
      self = .sequence(stages.map { Self($0, of: application) }, probability: probability)
    case .parallel(let stages, let probability):
      self = .parallel(stages.map { Self($0, of: application) }, probability: probability)
    }
  }
}

extension SyntheticPlan.Call {
  init(_ call: Application.Call, of application: Application) {
    self.init(
      service: call.service.rawValue,
      operation: call.operation.rawValue,
      probability: call.probability,
      count: call.count,
      retries: call.retries,
      timeoutSeconds: call.timeout?.seconds,
      generation: SyntheticPlan.Generation(call, of: application)
    )
  }
}

extension SyntheticPlan.Generation {
  /// Nil where something else than a language model is called.
  init?(_ call: Application.Call, of application: Application) {
    let service = application.services.first { $0.name == call.service }
    guard case .llm(let model)? = service?.workload,
      let kind = model.classes.first(where: { $0.name == call.operation })
    else { return nil }
    self.init(
      meanPromptTokens: kind.promptTokens.mean,
      promptVariability: kind.promptTokens.variability,
      meanOutputTokens: kind.outputTokens.mean,
      outputVariability: kind.outputTokens.variability
    )
  }
}
