package import Applications
package import Control
import OrderedCollections

extension SimulationReport {
  /// What came of the simulated world until now.
  init(_ world: SimulatedWorld, timeline: [Moment], policy: String?, seed: UInt64) {
    let cluster = world.cluster
    self.init(
      of: world.application,
      policy: policy,
      seed: seed,
      duration: cluster.now.duration,
      entryPoints: cluster.entryMeters.map { EntryPointRecord($0, at: cluster.now) },
      services: world.serviceRecords,
      timeline: timeline
    )
    spanCount = cluster.endedSpanCount
  }

  /// Reports of runs in other worlds have the same form.
  package init(
    of application: Application,
    policy: String?,
    seed: UInt64,
    duration: Duration,
    entryPoints: [EntryPointRecord],
    services: [ServiceRecord],
    timeline: [Moment]
  ) {
    self.init(
      application: application.name,
      policy: policy,
      seed: seed,
      duration: duration.seconds,
      entryPoints: zip(application.entryPoints, entryPoints).map { EntryPoint($0.name, $1) },
      services: zip(application.services, services).map { Service($0, $1, over: duration.seconds) },
      cost: application.price(of: services),
      spanCount: services.reduce(0) { $0 + $1.requestCount },
      timeline: timeline
    )
  }
}

/// What users of one entry point saw, request by request.
package struct EntryPointRecord: Sendable {
  private(set) var requestCount = 0
  private(set) var failedCount = 0
  private(set) var latencies = LatencyHistogram()
  package private(set) var promise: PromiseRecord?

  package init(_ slo: SLO?) {
    promise = slo.map {
      PromiseRecord(
        PromiseRecord.Promise(quantile: $0.quantile, bound: $0.bound, window: $0.window)
      )
    }
  }

  /// What a simulated entry point's meter shows.
  init(_ meter: EntryPointMeter, at now: VirtualTime) {
    requestCount = meter.total.arrivedCount
    failedCount = meter.total.failedCount
    latencies = meter.total.latencies
    promise = meter.record
    promise?.settle(at: now)
  }

  /// A request ended at `now`; times are since the run began, and in their order.
  package mutating func end(after latency: Duration, isFailed: Bool, at now: Duration) {
    requestCount += 1
    if isFailed { failedCount += 1 } else { latencies.record(VirtualTime(latency)) }
    promise?.end(after: VirtualTime(latency), isFailed: isFailed, at: VirtualTime(now))
  }

  /// The run is over.
  package mutating func settle(at now: Duration) { promise?.settle(at: VirtualTime(now)) }
}

/// What one service held and used.
package struct ServiceRecord: Sendable {
  private(set) var replicaSeconds = 0.0
  private(set) var peakReplicaCount = 0
  private(set) var coreSeconds = 0.0
  private(set) var byteSeconds = 0.0
  private(set) var usedCoreSeconds = 0.0
  private(set) var requestCount = 0
  private var throttledSeconds = 0.0
  private var observedSeconds = 0.0

  /// Nothing yet.
  package init() {}

  /// What a simulated service's ledger shows.
  init(_ ledger: ServiceLedger) {
    replicaSeconds = ledger.replicaSeconds
    peakReplicaCount = ledger.peakReplicaCount
    coreSeconds = ledger.coreSeconds
    byteSeconds = ledger.byteSeconds
    usedCoreSeconds = ledger.usedCoreSeconds
    (throttledSeconds, observedSeconds) = (ledger.throttledShare, 1)
  }

  /// The share of CFS periods in which the quota ran out.
  var throttledShare: Double { observedSeconds == 0 ? 0 : throttledSeconds / observedSeconds }

  /// What was observed held since the observation before, so long ago.
  package mutating func add(_ service: ServiceObservation, over time: Duration) {
    let (seconds, count) = (time.seconds, service.replicas.count)
    let requests = service.resources.requests
    replicaSeconds += Double(count) * seconds
    peakReplicaCount = max(peakReplicaCount, count)
    coreSeconds += Double(count) * requests.cpu.cores * seconds
    byteSeconds += Double(count) * Double(requests.memory.bytes) * seconds
    usedCoreSeconds += (service.signals[.cpuUsage]?.value ?? 0) / 1000 * seconds
    observedSeconds += seconds
    throttledSeconds += (service.signals[.cpuThrottled]?.value ?? 0) * seconds
    requestCount += Int(((service.signals[.requestRate]?.value ?? 0) * seconds).rounded())
  }

  /// What was held, at a service's prices.
  fileprivate func price(of service: Application.Service) -> Double {
    let gibibyteHours = byteSeconds / 1_073_741_824 / 3600
    return service.cost.perReplicaHour * replicaSeconds / 3600
      + service.cost.perCoreHour * coreSeconds / 3600 + service.cost.perGibibyteHour * gibibyteHours
  }
}

extension Application {
  /// What its services held, at their prices.
  package func price(of records: [ServiceRecord]) -> Double {
    zip(services, records).reduce(0) { $0 + $1.1.price(of: $1.0) }
  }
}

extension SimulatedWorld {
  fileprivate var serviceRecords: [ServiceRecord] {
    application.services.indices.map { ServiceRecord(cluster.ledger(of: $0)) }
  }
}

extension SimulationReport.EntryPoint {
  fileprivate init(_ name: EntryPointName, _ record: EntryPointRecord) {
    self.init(
      name: name,
      requestCount: record.requestCount,
      failedCount: record.failedCount,
      mean: record.latencies.mean?.seconds,
      p50: record.latencies.quantile(0.5)?.seconds,
      p95: record.latencies.quantile(0.95)?.seconds,
      p99: record.latencies.quantile(0.99)?.seconds,
      promise: record.promise.map(SimulationReport.Promise.init)
    )
  }
}

extension SimulationReport.Promise {
  fileprivate init(_ record: PromiseRecord) {
    self.init(
      quantile: record.promise.quantile,
      bound: record.promise.bound.seconds,
      keptShare: record.endedCount == 0
        ? nil : Double(record.keptCount) / Double(record.endedCount),
      windowCount: record.windowCount,
      brokenWindowCount: record.brokenWindowCount
    )
  }
}

extension SimulationReport.Service {
  fileprivate init(_ service: Application.Service, _ record: ServiceRecord, over seconds: Double) {
    let seconds = max(seconds, 1e-9)
    self.init(
      name: service.name,
      meanReplicaCount: record.replicaSeconds / seconds,
      peakReplicaCount: record.peakReplicaCount,
      requestedCores: record.coreSeconds / seconds,
      usedCores: record.usedCoreSeconds / seconds,
      throttledShare: record.throttledShare,
      cost: record.price(of: service)
    )
  }
}

extension SimulationReport.Moment {
  /// A moment of the simulated world.
  init(_ observation: Observation, in world: SimulatedWorld) {
    self.init(
      observation,
      brokenWindowCounts: world.cluster.entryMeters.map { $0.record?.brokenWindowCount ?? 0 },
      cost: world.application.price(of: world.serviceRecords)
    )
  }

  /// A moment of any world.
  package init(_ observation: Observation, brokenWindowCounts: [Int], cost: Double) {
    time = observation.time.seconds
    let entries = observation.entryPoints.values
    rates = entries.map { $0[.requestRate]?.value }
    p95 = entries.map { $0[.latencyP95]?.value }
    latencyAtSLO = entries.map { $0[.latencyAtSLO]?.value }
    self.brokenWindowCounts = brokenWindowCounts
    readyReplicaCounts = observation.services.values.map(\.readyReplicaCount)
    usedCores = observation.services.values.map {
      $0.signals[.cpuUsage].map { $0.value / 1000 }
    }
    self.cost = cost
  }
}
