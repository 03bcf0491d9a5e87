package import Applications
import Control

/// What came of a simulated run: a value, equal for equal runs.
package struct SimulationReport: Hashable, Sendable, Codable {
  package var application: String
  package var policy: String?
  package var seed: UInt64
  /// Simulated, in seconds, as all times here.
  package var duration: Double
  package var entryPoints: [EntryPoint]
  package var services: [Service]
  /// In the application's unit of account.
  package var cost: Double
  /// Requests to services that ended: one user's request makes several.
  package var spanCount: Int
  package var timeline: [Moment]

  /// What users of one entry point saw.
  package struct EntryPoint: Hashable, Sendable, Codable {
    package var name: EntryPointName
    package var requestCount: Int
    package var failedCount: Int
    /// Of the requests that succeeded; nil when none did.
    package var mean: Double?
    package var p50: Double?
    package var p95: Double?
    package var p99: Double?
    package var promise: Promise?
  }

  /// How an SLO was kept.
  package struct Promise: Hashable, Sendable, Codable {
    package var quantile: Double
    package var bound: Double
    /// The share of requests that were answered within the bound.
    package var keptShare: Double
    /// Windows in which requests ended, and those of them in which the promise was broken.
    package var windowCount: Int
    package var brokenWindowCount: Int
  }

  /// What one service held and used.
  package struct Service: Hashable, Sendable, Codable {
    package var name: ServiceName
    package var meanReplicaCount: Double
    package var peakReplicaCount: Int
    /// Cores, on average.
    package var requestedCores: Double
    package var usedCores: Double
    /// The share of CFS periods in which the quota ran out.
    package var throttledShare: Double
    package var cost: Double
  }

  /// What was observed at one moment.
  package struct Moment: Hashable, Sendable, Codable {
    package var time: Double
    /// Requests per second and latency in seconds at each entry point; nil where nothing was measured.
    package var rates: [Double?]
    package var p95: [Double?]
    /// Latency in seconds at the quantile of each entry point's SLO, over its window.
    package var latencyAtSLO: [Double?]
    /// Windows in which each entry point's promise was broken until now.
    package var brokenWindowCounts: [Int]
    /// Ready replicas and cores in use of each service.
    package var readyReplicaCounts: [Int]
    package var usedCores: [Double?]
    /// Until now, in the application's unit of account.
    package var cost: Double
  }
}

extension SimulationReport.Moment {
  init(_ observation: Observation, in world: SimulatedWorld) {
    self.init(
      observation,
      brokenWindowCounts: world.cluster.entryMeters.map { $0.record?.brokenWindowCount ?? 0 },
      cost: world.application.services.enumerated().reduce(0) { sum, service in
        sum + service.element.cost(of: world.cluster.ledger(of: service.offset))
      }
    )
  }
}

extension SimulationReport {
  init(_ world: SimulatedWorld, timeline: [Moment], policy: String?, seed: UInt64) {
    let cluster = world.cluster
    let seconds = max(cluster.now.seconds, 1e-9)
    application = world.application.name
    self.policy = policy
    self.seed = seed
    duration = seconds
    entryPoints = world.application.entryPoints.enumerated().map { index, entryPoint in
      EntryPoint(entryPoint.name, cluster.entryMeters[index], at: cluster.now)
    }
    services = world.application.services.enumerated().map { index, service in
      Service(service, cluster.ledger(of: index), over: seconds)
    }
    cost = services.reduce(0) { $0 + $1.cost }
    spanCount = cluster.endedSpanCount
    self.timeline = timeline
  }
}

extension SimulationReport.EntryPoint {
  fileprivate init(_ name: EntryPointName, _ meter: EntryPointMeter, at now: VirtualTime) {
    let latencies = meter.total.latencies
    var record = meter.record
    record?.settle(at: now)
    self.init(
      name: name,
      requestCount: meter.total.arrivedCount,
      failedCount: meter.total.failedCount,
      mean: latencies.mean?.seconds,
      p50: latencies.quantile(0.5)?.seconds,
      p95: latencies.quantile(0.95)?.seconds,
      p99: latencies.quantile(0.99)?.seconds,
      promise: record.map(SimulationReport.Promise.init)
    )
  }
}

extension SimulationReport.Promise {
  init(_ record: PromiseRecord) {
    self.init(
      quantile: record.promise.quantile,
      bound: record.promise.bound.seconds,
      keptShare: record.endedCount == 0
        ? 1 : Double(record.keptCount) / Double(record.endedCount),
      windowCount: record.windowCount,
      brokenWindowCount: record.brokenWindowCount
    )
  }
}

extension SimulationReport.Service {
  fileprivate init(_ service: Application.Service, _ ledger: ServiceLedger, over seconds: Double) {
    self.init(
      name: service.name,
      meanReplicaCount: ledger.replicaSeconds / seconds,
      peakReplicaCount: ledger.peakReplicaCount,
      requestedCores: ledger.coreSeconds / seconds,
      usedCores: ledger.usedCoreSeconds / seconds,
      throttledShare: ledger.throttledShare,
      cost: service.cost(of: ledger)
    )
  }
}

extension Application.Service {
  /// What was held, at this service's prices.
  fileprivate func cost(of ledger: ServiceLedger) -> Double {
    let gibibyteHours = ledger.byteSeconds / 1_073_741_824 / 3600
    return cost.perReplicaHour * ledger.replicaSeconds / 3600
      + cost.perCoreHour * ledger.coreSeconds / 3600 + cost.perGibibyteHour * gibibyteHours
  }
}
