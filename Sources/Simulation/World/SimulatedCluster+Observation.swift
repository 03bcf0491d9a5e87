import Applications
import Control
import OrderedCollections

extension SimulatedCluster {
  /// What is measured since the last call, in the words of Control; begins the next measurement.
  /// - Complexity: O(services + replicas).
  mutating func observe(_ application: Application) -> Observation {
    var observation = Observation(time: now.duration)
    observation.services.reserveCapacity(services.count)
    for (index, service) in application.services.enumerated() {
      observation.services[service.name] = observeService(index)
    }
    for (index, entryPoint) in application.entryPoints.enumerated() {
      observation.entryPoints[entryPoint.name] = observeEntryPoint(index)
    }
    return observation
  }

  private mutating func observeService(_ service: Int) -> ServiceObservation {
    let meter = meters[service]
    let window = meter.window(at: now)
    var observation = ServiceObservation(
      desiredReplicaCount: services[service].desiredCount,
      resources: services[service].size.resources
    )
    var used = meter.endedReplicas
    var memory: (usage: Int64, peak: Int64) = (0, 0)
    for replica in services[service].replicas {
      let reading = read(replica, within: window)
      observation.replicas.append(reading.observation)
      used.add(reading.used)
      memory = (max(memory.usage, reading.memory), max(memory.peak, reading.peak))
    }
    meters[service].restart(at: now)
    guard window > .zero else { return observation }
    var signals = SignalWriter(window: window)
    signals.countRequests(meter.arrivedCount, meter.endedCount, meter.failedCount)
    signals.measure(meter.latencies)
    signals[.concurrency] = meter.meanBusy(at: now)
    signals[.queueLength] = meter.meanQueued(at: now)
    signals.measure(used)
    signals.measureMemory(usage: memory.usage, peak: memory.peak)
    signals[.outOfMemoryKills] = Double(meter.outOfMemoryCount)
    observation.signals = signals.signals
    return observation
  }

  private mutating func observeEntryPoint(_ entry: Int) -> Signals {
    let meter = entryMeters[entry]
    let window = meter.window(at: now)
    let latency = entryMeters[entry].latencyAtPromise(now)
    entryMeters[entry].restart(at: now)
    guard window > .zero else { return Signals() }
    var signals = SignalWriter(window: window)
    signals.countRequests(meter.arrivedCount, meter.endedCount, meter.failedCount)
    signals.measure(meter.latencies)
    if let latency, let promise = meter.record?.promise {
      signals.signals[.latencyAtSLO] = Signal(
        latency.seconds,
        .seconds,
        window: min(promise.window, now.duration),
        quality: now.duration < promise.window ? .partial : .good
      )
    }
    return signals.signals
  }

  private struct ReplicaReading {
    var observation: ReplicaObservation
    var used: ProcessorTotals
    var memory: Int64
    var peak: Int64
  }

  /// Reads one replica; its processor is left as it is.
  private mutating func read(_ reference: Reference, within window: VirtualTime) -> ReplicaReading {
    let replica = replicas[reference]
    var processor = replica.processor
    processor.advance(to: now)
    let used = processor.totals - replica.observedTotals
    let memory = services[replica.service].description.memory
    let isRunning = replica.phase == .ready || replica.phase == .draining
    let usage = isRunning ? memory.atRest + memory.perRequest * Int64(replica.heldCount) : 0
    let peak = isRunning ? memory.atRest + memory.perRequest * Int64(replica.peakHeldCount) : 0
    replicas[reference].observedTotals = processor.totals
    replicas[reference].peakHeldCount = replica.heldCount
    var observation = ReplicaObservation(
      ordinal: replica.ordinal,
      phase: replica.phase.observed,
      startedAt: replica.startedAt.duration,
      readinessChangedAt: replica.readinessChangedAt?.duration,
      resources: replica.size.resources,
      restartCount: replica.restartCount
    )
    if isRunning, window > .zero {
      var signals = SignalWriter(window: window)
      signals.measure(used)
      signals.measureMemory(usage: usage, peak: peak)
      observation.signals = signals.signals
    }
    return ReplicaReading(observation: observation, used: used, memory: usage, peak: peak)
  }
}

/// Collects the signals of one subject over one window.
private struct SignalWriter {
  let window: VirtualTime
  var signals = Signals()

  init(window: VirtualTime) { self.window = window }

  /// A value averaged or counted over the window, in the name's unit.
  subscript(name: SignalName) -> Double {
    get { signals[name]?.value ?? 0 }
    set { signals[name] = Signal(newValue, name.unit, window: window.duration) }
  }

  mutating func countRequests(_ arrivedCount: Int, _ endedCount: Int, _ failedCount: Int) {
    self[.requestRate] = Double(arrivedCount) / window.seconds
    if endedCount > 0 { self[.errorRatio] = Double(failedCount) / Double(endedCount) }
  }

  /// Quantiles; none when nothing was answered.
  mutating func measure(_ latencies: LatencyHistogram) {
    for (name, share) in [(SignalName.latencyP50, 0.5), (.latencyP95, 0.95), (.latencyP99, 0.99)] {
      if let latency = latencies.quantile(share) { self[name] = latency.seconds }
    }
  }

  mutating func measure(_ used: ProcessorTotals) {
    self[.cpuUsage] = used.cpuTime / Double(window.nanoseconds) * 1000
    if used.periodCount > 0 {
      self[.cpuThrottled] = Double(used.throttledPeriodCount) / Double(used.periodCount)
    }
  }

  mutating func measureMemory(usage: Int64, peak: Int64) {
    signals[.memoryUsage] = Signal(Double(usage), .bytes)
    self[.memoryPeak] = Double(peak)
  }
}

extension Replica.Phase {
  fileprivate var observed: ReplicaObservation.Phase {
    switch self {
    case .pending: .pending
    case .starting: .starting
    case .ready: .ready
    case .draining: .draining
    case .crashed: .crashed
    }
  }
}
