package import Applications
import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix
import OrderedCollections
package import Routing

/// An application on this machine: every replica a process with its own limits, behind a real router.
///
/// Made by ``start(_:_:)``, kept going by ``run()``, ended by ``stop(within:)``. Ten times a second it compares
/// what there is with what there should be and takes the steps between; whatever is waited for happens there, so
/// actions return at once. Should this process be killed, the kernel ends the replicas with it, and the next
/// start removes the rest.
package actor LocalCluster {
  package nonisolated let application: Application
  /// The front door: `/NAME` leads to the entry point NAME.
  package nonisolated let gateway: Gateway
  /// What cannot be limited or measured here, and why.
  package nonisolated let limitations: [String]
  nonisolated let epoch: NIODeadline

  nonisolated let options: LocalClusterOptions
  nonisolated let state: StateFolder
  nonisolated let groups: ControlGroups
  private let launcher = ProcessLauncher()
  private let loops: MultiThreadedEventLoopGroup
  private var record: RunRecord
  var services: OrderedDictionary<ServiceName, RunningService> = [:]
  var history = ObservationHistory()
  private var tickCount = 0

  private static let interval = Duration.milliseconds(100)

  /// Takes the state folder, removes what an earlier run left, opens the ports and starts the first replicas.
  /// - Throws: `LocalClusterError`, or what the system says about a port.
  package static func start(
    _ application: Application,
    _ options: LocalClusterOptions
  ) async throws -> LocalCluster {
    let state = try StateFolder(options.stateFolder, application: application.name)
    if let earlier = RunRecord(state.record) {
      options.report(.leftoversRemoved(processCount: earlier.removeLeftovers()))
    }
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    loops.next().takeShortTurns()
    do {
      let router = try await Router.open(application, options, on: loops.next())
      return try await LocalCluster(application, options, state, loops, router)
    } catch {
      state.release()
      try? await loops.shutdownGracefully()
      throw error
    }
  }

  private init(
    _ application: Application,
    _ options: LocalClusterOptions,
    _ state: StateFolder,
    _ loops: MultiThreadedEventLoopGroup,
    _ router: Router
  ) async throws {
    guard let owner = ProcessIdentity.current else {
      throw LocalClusterError.stateFolder(path: "/proc", reason: "it is not mounted")
    }
    self.application = application
    self.options = options
    self.state = state
    self.loops = loops
    (gateway, epoch) = (router.gateway, router.epoch)
    record = RunRecord(run: "\(application.name)-\(owner.id)-\(owner.startTime)", owner: owner)
    try record.save(to: state.record)
    groups = ControlGroups.claim(run: record.run)
    record.groupFolders = groups.paths
    try record.save(to: state.record)
    limitations = groups.limitations
    for service in application.services {
      guard let proxy = router.proxies[service.name] else { continue }
      services[service.name] = RunningService(service, proxy, backoff: options.backoff)
      try writePlan(of: service, router)
    }
    launcher.start()
    for words in limitations { options.report(.limitation(words)) }
    await reconcile()
  }

  /// Time since the world began.
  package nonisolated var now: Duration { .nanoseconds((NIODeadline.now() - epoch).nanoseconds) }

  /// Keeps the replicas as they should be, until the task is cancelled.
  package func run() async {
    while !Task.isCancelled {
      await reconcile()
      try? await Task.sleep(for: Self.interval)
    }
  }

  /// Lets requests end, for at most this long, then ends every process and removes every trace but the logs.
  package func stop(within time: Duration) async {
    await gateway.close()
    let deadline = now + time
    // Requests that have begun still need every service behind them.
    while await !hasNoRequests, now < deadline { await step() }
    for name in services.keys { services[name]?.set.desiredCount = 0 }
    while !services.values.allSatisfy(\.set.isEmpty), now < deadline { await step() }
    for service in services.values {
      for process in service.processes.values { process.identity.signalGroup(SIGKILL) }
      await service.proxy.close()
    }
    await gateway.closeClients()
    groups.removeAll()
    _ = record.removeLeftovers()
    state.record.remove()
    try? await launcher.stop()
    try? await loops.shutdownGracefully()
    state.release()
  }

  private func step() async {
    await reconcile()
    try? await Task.sleep(for: .milliseconds(20))
  }

  private var hasNoRequests: Bool {
    get async { await gateway.ledgers().values.allSatisfy { $0.inFlightCount == 0 } }
  }

  // MARK: The steps from what is to what should be

  private func reconcile() async {
    tickCount += 1
    for name in services.keys {
      await observeProcesses(of: name)
      for step in services[name]?.set.plan(at: now) ?? [] { await take(step, of: name) }
      if tickCount % 10 == 0 { services[name]?.sampleMemory(at: now) }
    }
  }

  /// Notes exits, readiness and the ends of drains.
  private func observeProcesses(of name: ServiceName) async {
    for (ordinal, process) in services[name]?.processes ?? [:] {
      guard let exit = ProcessLauncher.reap(process.identity.id) else { continue }
      await noteExit(exit, of: ordinal, of: name)
    }
    guard let service = services[name] else { return }
    let endpoints = await service.proxy.endpoints()
    for (ordinal, process) in service.processes {
      guard let endpoint = endpoints.first(where: { $0.id == process.endpoint }) else { continue }
      noteHealth(endpoint, of: ordinal, of: name)
    }
  }

  private func noteHealth(_ endpoint: Endpoint, of ordinal: Int, of name: ServiceName) {
    let isReady =
      switch endpoint.state {
      case .ready, .ejected: true
      case .starting, .unready, .draining: false
      }
    let before = services[name]?.set.readyCount
    services[name]?.set.noteReadiness(of: ordinal, isReady, at: now)
    if endpoint.isDrained { services[name]?.set.noteDrained(ordinal, at: now) }
    guard let service = services[name], let before, service.set.readyCount > before,
      let replica = service.set.replicas.first(where: { $0.ordinal == ordinal })
    else { return }
    options.report(.ready(replica: service.name(of: ordinal), after: now - replica.launchedAt))
  }

  private func noteExit(_ exit: ProcessExit, of ordinal: Int, of name: ServiceName) async {
    guard let service = services[name], let process = service.processes[ordinal] else { return }
    services[name]?.processes[ordinal] = nil
    services[name]?.set.noteExit(of: ordinal, at: now)
    let usage = process.usage
    services[name]?.retired.add(usage)
    process.group?.remove()
    await service.proxy.remove(process.endpoint)
    let isCrash = services[name]?.set.replicas.contains { $0.ordinal == ordinal } ?? false
    guard isCrash else { return }
    let replica = service.name(of: ordinal)
    let isStarved = (usage.outOfMemoryKillCount ?? 0) > 0
    let how = isStarved ? "ran out of its \(service.resources.limits.memory)" : "\(exit)"
    options.report(.crashed(replica: replica, how: how, log: state.log(replica)))
  }

  private func take(_ step: ReplicaSet.Step, of name: ServiceName) async {
    guard let service = services[name] else { return }
    switch step {
    case .launch(let ordinal): await launch(ordinal, of: service)
    case .drain(let ordinal):
      if let process = service.processes[ordinal] { await service.proxy.drain(process.endpoint) }
    case .terminate(let ordinal): service.processes[ordinal]?.identity.signalGroup(SIGTERM)
    case .kill(let ordinal): service.processes[ordinal]?.identity.signalGroup(SIGKILL)
    case .forget(let ordinal):
      services[name]?.memoryTraces[ordinal] = nil
      options.report(.ended(replica: service.name(of: ordinal)))
    }
  }

  private func launch(_ ordinal: Int, of service: RunningService) async {
    let name = service.service.name
    let replica = service.name(of: ordinal)
    do {
      let port = try FreePort.find()
      let group = groups.limitsAnything ? try groups.makeGroup(replica) : nil
      try group?.apply(service.resources)
      let command = command(service, ordinal, port: port, joining: group)
      let identity = try await launcher.launch(command)
      let endpoint = await service.proxy.add(EndpointAddress(port: port))
      services[name]?.processes[ordinal] = RunningService.Process(
        identity: identity,
        endpoint: endpoint,
        group: group
      )
      services[name]?.set.noteLaunch(of: ordinal, at: now)
      remember(identity)
    } catch {
      services[name]?.set.noteExit(of: ordinal, at: now)
      options.report(.notStarted(replica: replica, reason: "\(error)"))
    }
  }

  private func command(
    _ service: RunningService,
    _ ordinal: Int,
    port: Int,
    joining group: ReplicaGroup?
  ) -> ProcessLauncher.Command {
    let replica = service.name(of: ordinal)
    var command = ProcessLauncher.Command(
      arguments: [],
      environment: options.environment,
      log: state.log(replica),
      joinFiles: group?.joinFiles ?? []
    )
    switch service.service.workload {
    case .command(let program):
      command.arguments = program.arguments
      for (key, value) in program.environment { command.environment[key] = value }
    case .synthetic:
      let plan = state.plan(service.service.name.rawValue).path
      command.arguments = [options.executable, "synthetic", plan, "--ordinal", "\(ordinal)"]
    case .llm(let model):
      let serving = ServingCommand(
        model: model,
        service: service.service,
        resources: service.resources
      )
      command.arguments = serving.arguments(executable: options.executable, port: port)
    }
    command.environment["PORT"] = "\(port)"
    command.environment[RunRecord.mark] = record.run
    for (name, other) in services {
      // The same form as Kubernetes' and Docker's: SHOP_CART_URL for the service shop-cart.
      let key = name.rawValue.uppercased().map { $0 == "-" ? "_" : $0 }
      command.environment[String(key) + "_URL"] = "http://127.0.0.1:\(other.proxy.port)"
    }
    return command
  }

  private func remember(_ identity: ProcessIdentity) {
    record.replicas.removeAll { !$0.isRunning }
    record.replicas.append(identity)
    do {
      try record.save(to: state.record)
    } catch {
      options.report(.recordFailed(reason: "\(error)"))
    }
  }

  private func writePlan(of service: Application.Service, _ router: Router) throws {
    guard case .synthetic = service.workload else { return }
    let seed = options.seed &+ UInt64(services.count) &* 0x9E37_79B9_7F4A_7C15
    let plan = SyntheticPlan(
      service,
      of: application,
      ports: router.proxies.mapValues(\.port),
      seed: seed
    )
    let text = String(decoding: try JSONEncoder().encode(plan), as: UTF8.self)
    try state.plan(service.name.rawValue).write(text)
  }
}
