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
    /// The share of requests that were answered within the bound; nil when none ended.
    package var keptShare: Double?
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
