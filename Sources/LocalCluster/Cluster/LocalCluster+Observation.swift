import Applications
package import Control
import OrderedCollections
import Routing

// What the control loop sees: requests as the router counted them, CPU and memory as the kernel did.
extension LocalCluster: MetricSource {
  package func observe(at now: Duration) async -> Observation {
    var history = history
    let observation = await observe(at: now, since: &history)
    self.history = history
    return observation
  }

  /// The same for an observer with a history of its own, who so disturbs nobody else's averages.
  package func observe(since history: ObservationHistory) async -> (Observation, ObservationHistory)
  {
    var history = history
    let observation = await observe(at: now, since: &history)
    return (observation, history)
  }

  private func observe(at now: Duration, since history: inout ObservationHistory) async
    -> Observation
  {
    // Two observations at one moment would divide by nothing.
    let window = max(now - history.time, .milliseconds(1))
    var observation = Observation(time: now)
    for name in services.keys {
      guard let proxy = services[name]?.proxy else { continue }
      let snapshot = await proxy.snapshot()
      guard let service = services[name] else { continue }
      observation.services[name] = observe(service, snapshot, window, at: now, since: &history)
    }
    let ledgers = await gateway.ledgers()
    for entry in application.entryPoints {
      guard let ledger = ledgers[entry.name.rawValue] else { continue }
      observation.entryPoints[entry.name] = observe(entry, ledger, window, at: now, since: &history)
    }
    history.time = now
    return observation
  }

  private func observe(
    _ service: RunningService,
    _ snapshot: ServiceSnapshot,
    _ window: Duration,
    at now: Duration,
    since history: inout ObservationHistory
  ) -> ServiceObservation {
    let name = service.service.name
    let earlier = history.services[name] ?? ObservationHistory.ServiceReading()
    let usages = service.processes.mapValues(\.usage)
    var later = ObservationHistory.ServiceReading(ledger: snapshot.ledger)
    later.usage = service.retired + Array(usages.values)
    later.waiting = snapshot.endpoints.map { $0.load.areas(at: snapshot.time).waiting }.reduce(0, +)

    var writer = SignalWriter(window: window)
    writer.writeRequests(from: earlier.ledger, to: later.ledger)
    writer.writeUsage(from: earlier.usage, to: later.usage)
    // An endpoint that is gone takes its share of the sum with it.
    let waiting = max(0, later.waiting - earlier.waiting) / window.seconds
    let present =
      later.ledger.load.areas(at: snapshot.time).all
      - earlier.ledger.load.areas(at: snapshot.time - window).all
    writer.write(.queueLength, waiting)
    writer.write(.concurrency, max(0, present / window.seconds - waiting))
    let kills = later.usage.outOfMemoryKillCount - earlier.usage.outOfMemoryKillCount
    writer.write(.outOfMemoryKills, Double(max(0, kills)))
    let memory = usages.values.compactMap(\.memory).max()
    if let memory { writer.read(.memoryUsage, Double(memory.bytes)) }
    let peaks = service.memoryTraces.values.map { $0.peak(since: now - window) }
    let peak = (peaks + [memory]).compactMap(\.self).max()
    if let peak { writer.write(.memoryPeak, Double(peak.bytes)) }

    history.services[name] = later
    let known = history.replicas[name] ?? [:]
    history.replicas[name] = readings(of: service, usages)
    return ServiceObservation(
      desiredReplicaCount: service.set.desiredCount,
      resources: service.resources,
      replicas: service.set.replicas.map { replica in
        let usage = history.replicas[name]?[replica.ordinal]
        let before = known[replica.ordinal]
        return observe(replica, of: service, from: before, to: usage, window, at: now)
      },
      signals: writer.signals
    )
  }

  private func readings(
    of service: RunningService,
    _ usages: [Int: ResourceUsage]
  ) -> [Int: ObservationHistory.ReplicaReading] {
    var readings: [Int: ObservationHistory.ReplicaReading] = [:]
    for (ordinal, usage) in usages {
      guard let process = service.processes[ordinal] else { continue }
      readings[ordinal] = ObservationHistory.ReplicaReading(
        identity: process.identity,
        usage: usage
      )
    }
    return readings
  }

  private func observe(
    _ replica: Replica,
    of service: RunningService,
    from earlier: ObservationHistory.ReplicaReading?,
    to later: ObservationHistory.ReplicaReading?,
    _ window: Duration,
    at now: Duration
  ) -> ReplicaObservation {
    var writer = SignalWriter(window: window)
    if let later {
      // A process that is new has used all its CPU within the window, or since it was started.
      let isSame = earlier?.identity == later.identity
      let before = RetiredUsage() + (isSame ? [earlier?.usage ?? ResourceUsage()] : [])
      writer.writeUsage(from: before, to: RetiredUsage() + [later.usage])
      if let memory = later.usage.memory { writer.read(.memoryUsage, Double(memory.bytes)) }
      let trace = service.memoryTraces[replica.ordinal]
      let peak = [trace?.peak(since: now - window), later.usage.memory].compactMap(\.self).max()
      if let peak { writer.write(.memoryPeak, Double(peak.bytes)) }
    }
    return ReplicaObservation(
      ordinal: replica.ordinal,
      phase: ReplicaObservation.Phase(replica.phase),
      startedAt: replica.startedAt,
      readinessChangedAt: replica.readinessChangedAt,
      resources: service.resources,
      restartCount: replica.restartCount,
      signals: writer.signals
    )
  }

  private func observe(
    _ entry: Application.EntryPoint,
    _ ledger: RequestLedger,
    _ window: Duration,
    at now: Duration,
    since history: inout ObservationHistory
  ) -> Signals {
    var readings = history.entries[entry.name] ?? []
    var writer = SignalWriter(window: window)
    writer.writeRequests(from: readings.last?.ledger ?? RequestLedger(), to: ledger)
    readings.append(ObservationHistory.EntryReading(time: now, ledger: ledger))
    let start = now - (entry.slo?.window ?? .zero)
    // The newest reading that is at least as old as the window stays: the window begins there.
    while readings.count > 1, readings[1].time <= start { readings.removeFirst() }
    history.entries[entry.name] = readings

    var signals = writer.signals
    if let slo = entry.slo {
      let beginning = readings[0].time <= start ? readings[0] : nil
      let latencies = ledger.latencies.since(beginning?.ledger.latencies ?? LatencyCounts())
      if let latency = latencies.quantile(slo.quantile) {
        signals[.latencyAtSLO] = Signal(
          latency.seconds,
          .seconds,
          window: min(slo.window, now),
          quality: beginning == nil ? .partial : .good
        )
      }
    }
    return signals
  }
}

extension ReplicaObservation.Phase {
  init(_ phase: Replica.Phase) {
    self =
      switch phase {
      case .due: .pending
      case .starting: .starting
      case .ready: .ready
      case .unready: .unready
      case .crashed: .crashed
      case .draining, .ending, .killed: .draining
      }
  }
}
