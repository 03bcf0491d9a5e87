package import Applications
package import Control
package import OrderedCollections

/// Tells which samples of an application are unfit to learn from, and which service most likely is the cause.
///
/// A service is slow when its latency lies far above what is usual at its load; see ``ResidualBaseline``. Latencies
/// include calls to others, so a slow service makes its callers slow too: the cause is a slow service that calls no slow
/// one.
package struct AnomalyDetector: Sendable {
  /// When a residual is an anomaly.
  package struct Limits: Sendable, Hashable {
    /// Robust standard deviations from what is usual.
    package var deviations = 5.0
    /// The latency over what is usual, or what is usual over the latency.
    package var ratio = 1.2
    /// Fewer requests in a sample tell nothing.
    package var leastRequestCount = 30.0
    /// After so many anomalous samples on end a service is taken to have changed for good, and learnt anew.
    package var patience = 20

    package init() {}
  }

  package let limits: Limits
  private let callees: [ServiceName: Set<ServiceName>]
  private var baselines: OrderedDictionary<ServiceName, Memory> = [:]

  private struct Memory: Sendable {
    var baseline = ResidualBaseline()
    /// Anomalous samples since the last one that was not.
    var anomalous: [ResidualBaseline.Sample] = []
  }

  package init(_ application: Application, limits: Limits = Limits()) {
    self.limits = limits
    callees = application.callees
  }

  /// Judges the samples of an observation, then learns from those that are fit.
  package mutating func judge(_ observation: Observation) -> AnomalyReport {
    var report = AnomalyReport()
    for (name, service) in observation.services {
      guard let reading = Reading(service), reading.requestCount >= limits.leastRequestCount else {
        continue
      }
      let residual = baselines[name]?.baseline.residual(of: reading.sample)
      let finding = AnomalyReport.Finding(
        verdict: residual.map(verdict) ?? .unknown,
        residual: residual,
        latency: reading.sample.latency,
        requestRate: reading.requestRate
      )
      report.findings[name] = finding
      learn(reading.sample, of: name, finding.verdict)
    }
    report.cause = cause(report.findings)
    return report
  }

  private func verdict(_ residual: ResidualBaseline.Residual) -> AnomalyReport.Verdict {
    if residual.deviations > limits.deviations, residual.ratio > limits.ratio { return .slow }
    if residual.deviations < -limits.deviations, residual.ratio < 1 / limits.ratio { return .fast }
    return .usual
  }

  private mutating func learn(
    _ sample: ResidualBaseline.Sample,
    of name: ServiceName,
    _ verdict: AnomalyReport.Verdict
  ) {
    guard verdict.isAnomaly else {
      baselines[name, default: Memory()].anomalous = []
      baselines[name, default: Memory()].baseline.learn(sample)
      return
    }
    baselines[name, default: Memory()].anomalous.append(sample)
    guard let anomalous = baselines[name]?.anomalous, anomalous.count >= limits.patience else {
      return
    }
    baselines[name] = Memory()
    for sample in anomalous { baselines[name]?.baseline.learn(sample) }
  }

  /// Of the slow services those that call no slow one, and of them the one with the most waiting of its own.
  private func cause(
    _ findings: OrderedDictionary<ServiceName, AnomalyReport.Finding>
  ) -> ServiceName? {
    let slow = findings.filter { $0.value.verdict == .slow }
    let deepest = slow.filter { name, _ in !(callees[name] ?? []).contains { slow[$0] != nil } }
    return (deepest.isEmpty ? slow : deepest).max { $0.value.waiting < $1.value.waiting }?.key
  }
}

/// What a detector says of one observation.
package struct AnomalyReport: Sendable, Hashable {
  package enum Verdict: String, Sendable, Hashable {
    case usual
    case slow
    /// Too fast to be true: answers that fail early, a clock that is off.
    case fast
    /// Too little is known of this load.
    case unknown

    /// Whether the sample is unfit to learn from.
    var isAnomaly: Bool { self == .slow || self == .fast }
  }

  package struct Finding: Sendable, Hashable {
    package var verdict: Verdict
    package var residual: ResidualBaseline.Residual?
    /// The median, seconds.
    package var latency: Double
    package var requestRate: Double

    /// Seconds above what was to be expected, over all requests of a second; zero where nothing was.
    var waiting: Double { requestRate * (residual.map { latency - $0.expected } ?? 0) }
  }

  /// By service; those with too few requests to judge are missing.
  package var findings: OrderedDictionary<ServiceName, Finding> = [:]
  /// The service that most likely made the slow ones slow; nil if none is slow.
  package var cause: ServiceName?

  /// The services whose samples are unfit to learn from.
  package var unfit: [ServiceName] {
    findings.filter(\.value.verdict.isAnomaly).map(\.key)
  }
}

/// What is read of one service.
private struct Reading {
  var sample: ResidualBaseline.Sample
  var requestRate: Double
  var requestCount: Double

  /// Nil unless rate and latency are measured, sound and of replicas that serve.
  init?(_ service: ServiceObservation) {
    guard let rate = service.signals[.requestRate], let latency = service.signals[.latencyP50],
      rate.quality == .good, latency.quality == .good, rate.age == .zero, latency.age == .zero,
      rate.value > 0, service.readyReplicaCount > 0
    else { return nil }
    sample = ResidualBaseline.Sample(
      load: rate.value / Double(service.readyReplicaCount),
      latency: latency.value
    )
    requestRate = rate.value
    requestCount = rate.value * (rate.window / .seconds(1))
  }
}

extension Application {
  /// For each service those that it calls.
  fileprivate var callees: [ServiceName: Set<ServiceName>] {
    let graph = CallGraph(checked: self)
    var callees: [ServiceName: Set<ServiceName>] = [:]
    for (caller, edges) in zip(graph.nodes, graph.edges) {
      callees[caller.service, default: []].formUnion(
        edges.map { graph.nodes[$0.callee].service }.filter { $0 != caller.service }
      )
    }
    return callees
  }
}
