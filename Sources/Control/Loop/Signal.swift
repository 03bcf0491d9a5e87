/// One measured number, and what is needed to trust it.
package struct Signal: Hashable, Sendable, Codable {
  package var value: Double
  package var unit: Unit
  /// The time over which the value was taken; zero for a reading of one moment.
  package var window: Duration
  /// How long before the observation the window ended.
  package var age: Duration
  package var quality: Quality

  package init(
    _ value: Double,
    _ unit: Unit,
    window: Duration = .zero,
    age: Duration = .zero,
    quality: Quality = .good
  ) {
    self.value = value
    self.unit = unit
    self.window = window
    self.age = age
    self.quality = quality
  }

  /// What a value counts.
  package enum Unit: String, Hashable, Sendable, Codable {
    case seconds
    case requestsPerSecond
    case requests
    case replicas
    case millicores
    case bytes
    /// A share, 0...1, or a quotient.
    case ratio
    case events
  }

  /// How far a value can be trusted; a signal that is missing is not in the observation at all.
  package enum Quality: String, Hashable, Sendable, Codable {
    case good
    /// Some replicas did not report, or the window is not full yet.
    case partial
    /// The source itself doubts it: out of range, duplicated, out of order.
    case suspect
  }
}

/// The signals that every world may report; each name stands for one quantity in one unit.
///
/// Adding a signal is adding a case. The worlds average over the time since the last observation unless the
/// case says otherwise.
package enum SignalName: String, Hashable, Sendable, Codable, CaseIterable {
  /// Requests that arrived, refused ones included.
  case requestRate
  /// Requests that failed, timed out or were refused, over those that ended.
  case errorRatio
  /// Quantiles of the time from arrival to answer, calls to others included.
  case latencyP50, latencyP95, latencyP99
  /// The same at the quantile of the entry point's SLO and over its window.
  case latencyAtSLO
  /// Requests being worked on, averaged over time.
  case concurrency
  /// Requests waiting to be worked on, averaged over time.
  case queueLength
  /// CPU used; of a service, the sum over its replicas.
  case cpuUsage
  /// The share of CFS periods in which the quota ran out.
  case cpuThrottled
  /// Memory in use, and its highest reading within the window; of a service, the largest replica's.
  case memoryUsage, memoryPeak
  /// Replicas killed for want of memory.
  case outOfMemoryKills

  package var unit: Signal.Unit {
    switch self {
    case .requestRate: .requestsPerSecond
    case .errorRatio, .cpuThrottled: .ratio
    case .latencyP50, .latencyP95, .latencyP99, .latencyAtSLO: .seconds
    case .concurrency, .queueLength: .requests
    case .cpuUsage: .millicores
    case .memoryUsage, .memoryPeak: .bytes
    case .outOfMemoryKills: .events
    }
  }
}
