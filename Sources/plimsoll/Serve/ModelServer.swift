import Dispatch
import Glibc
import Inference
import Logging
import Scheduling
import ServiceLifecycle
import Synchronization
import Telemetry
import Tensors
import Transformer
import Web

/// Says that the server is ready as soon as it both listens and has its model, whichever comes last.
private final class Readiness: Sendable {
  private let state = Mutex((port: Int?.none, hasModel: false))

  /// Notes one of the two; returns the port if that was the last thing missing.
  func note(port: Int? = nil, hasModel: Bool = false) -> Int? {
    state.withLock { state in
      state.port = port ?? state.port
      state.hasModel = hasModel || state.hasModel
      return state.hasModel ? state.port : nil
    }
  }
}

/// The composition root of `plimsoll serve`: everything is made here and handed to whoever needs it.
struct ModelServer {
  private let command: ServeCommand
  private let logger: Logger
  private let folder: ModelFolder
  private let name: String
  private let plan: ServingPlan
  private let configuration: WebConfiguration
  private let readiness = Readiness()
  private let start = ContinuousClock.now

  /// Opens the model's folder and plans its memory; nothing large is allocated, so refusals come at once.
  init(command: ServeCommand) throws {
    self.command = command
    logger = command.logging.makeLogger(label: "plimsoll")
    let path = try ModelLocator.current.locate(command.model)
    folder = try command.brownout.unite(try ModelFolder(path: path))
    name = command.servedModelName ?? path.lastPathComponent
    plan = try ServingPlan(
      folder,
      command.engine,
      MachineLimits.current(),
      service: command.service,
      brownout: command.brownout.controller(folder)
    )
    var configuration = try command.network.configuration()
    configuration.keyClasses = try command.service.keyClasses()
    self.configuration = configuration
  }

  /// Listens, loads, serves, and returns after an orderly shutdown.
  func run() async throws {
    announcePlan()
    let state = ServingState()
    let registry = MetricRegistry(constantLabels: ["model_name": name])
    let server = WebServer(
      configuration: configuration,
      state: state,
      registry: registry,
      logger: logger,
      onListening: { announceReady(port: readiness.note(port: $0)) }
    )
    let engine = EngineService {
      let (engine, model) = try load(registry)
      state.becomeReady(model)
      announceReady(port: readiness.note(hasModel: true))
      return engine
    }
    // Shut down in reverse: the server lets its answers end while the engine still runs.
    var group = ServiceGroupConfiguration(services: [engine, server], logger: logger)
    group.maximumGracefulShutdownDuration = .seconds(command.drainTimeout)
    let services = ServiceGroup(configuration: group)
    let watch = ShutdownSignals.watch {
      // Nothing is running that could be drained while the model loads.
      if case .loading = state.phase { exit(0) }
      Task { await services.triggerGracefulShutdown() }
    }
    defer { watch.cancel() }
    try await services.run()
    logger.notice("stopped")
  }

  private func load(_ registry: MetricRegistry) throws -> (Engine, ServedModel) {
    let text = try TextFiles(folder)
    let bar = ProgressBar(title: "loading \(name)")
    let model = try TransformerModel(
      folder: folder,
      format: plan.format,
      backend: KernelBackend(threadCount: plan.threads.threadCount),
      cache: command.engine.weightCache ? WeightCache(folder: folder, format: plan.format) : nil,
      progress: { fraction in
        bar.show(fraction)
        return true
      }
    )
    var configuration = plan.engine
    if let path = command.engine.stepLog {
      let log = try StepLog(path: path)
      configuration.onStep = { log.note($0) }
    }
    let engine = Engine(
      model: model,
      tokenizer: text.tokenizer,
      configuration: configuration,
      registry: registry
    )
    let generator = EngineTextGenerator(
      engine: engine,
      tokenizer: text.tokenizer,
      chatTemplate: text.chatTemplate,
      specialTokens: text.specialTokens,
      samplingDefaults: SamplingParameters(folder.generationDefaults)
    )
    return (engine, ServedModel(name: name, root: folder.path, generator: generator))
  }
}

// MARK: - What the person at the terminal reads

extension ModelServer {
  private func announcePlan() {
    Terminal.write(
      """
      plimsoll \(plimsollVersion) serves \(name) (\(folder.configuration.family)) from \(folder.path)
        \(plan.threads)
        \(plan.memory)
        \(plan.brownoutText)
        weights: \(plan.format.rawValue), context: \(plan.engine.maximumModelLength) tokens
        policy: \(plan.engine.policy.rawValue), classes: \(plan.engine.classes)
        open files: at most \(DescriptorLimit.raise())

      """
    )
  }

  /// Nil says that something is still missing.
  private func announceReady(port: Int?) {
    guard let port else { return }
    let seconds = ((ContinuousClock.now - start) / .seconds(1) * 100).rounded() / 100
    let scheme = configuration.tlsFiles == nil ? "http" : "https"
    let key = configuration.apiKeys.isEmpty ? "" : " -H 'Authorization: Bearer KEY'"
    Terminal.write(
      """
      ready in \(seconds) s; try:
        curl \(scheme)://\(configuration.host):\(port)/v1/chat/completions\(key) \\
          -H 'Content-Type: application/json' \\
          -d '{"model": "\(name)", "messages": [{"role": "user", "content": "Hello"}]}'

      """
    )
  }
}

extension SamplingParameters {
  /// What `generation_config.json` says about sampling.
  init(_ defaults: GenerationDefaults) {
    self.init()
    if let temperature = defaults.temperature { self.temperature = Float(temperature) }
    topK = defaults.topK.flatMap { $0 > 0 ? $0 : nil }
    if let topP = defaults.topP { self.topP = Float(topP) }
    if let minP = defaults.minP { self.minP = Float(minP) }
    if let penalty = defaults.repetitionPenalty { repetitionPenalty = Float(penalty) }
  }
}

extension String {
  fileprivate var lastPathComponent: String {
    split(separator: "/").last.map(String.init) ?? self
  }
}
