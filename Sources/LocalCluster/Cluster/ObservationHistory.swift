import Applications
import Control
import Routing

/// What was read at the last observation, so that the next can say what happened since; one per observer.
package struct ObservationHistory: Sendable {
  /// What a service had done and used.
  struct ServiceReading: Sendable {
    var ledger = RequestLedger()
    var usage = RetiredUsage()
    /// Of all endpoints, in request seconds.
    var waiting = 0.0
  }

  /// What a replica had used.
  struct ReplicaReading: Hashable, Sendable {
    var identity: ProcessIdentity
    var usage: ResourceUsage
  }

  struct EntryReading: Sendable {
    let time: Duration
    let ledger: RequestLedger
  }

  var time = Duration.zero
  var services: [ServiceName: ServiceReading] = [:]
  var replicas: [ServiceName: [Int: ReplicaReading]] = [:]
  /// The latest readings of entry points, back to the beginning of the SLO's window.
  var entries: [EntryPointName: [EntryReading]] = [:]

  package init() {}
}

/// Turns what lies between two readings into signals.
struct SignalWriter {
  private(set) var signals = Signals()
  let window: Duration
  private var seconds: Double { window.seconds }

  init(window: Duration) { self.window = window }

  mutating func write(_ name: SignalName, _ value: Double, quality: Signal.Quality = .good) {
    signals[name] = Signal(value, name.unit, window: window, quality: quality)
  }

  /// A reading of one moment.
  mutating func read(_ name: SignalName, _ value: Double) {
    signals[name] = Signal(value, name.unit)
  }

  mutating func writeRequests(from earlier: RequestLedger, to later: RequestLedger) {
    write(.requestRate, Double(later.arrivedCount - earlier.arrivedCount) / seconds)
    let endedCount = later.endedCount - earlier.endedCount
    if endedCount > 0 {
      write(.errorRatio, Double(later.errorCount - earlier.errorCount) / Double(endedCount))
    }
    let latencies = later.latencies.since(earlier.latencies)
    for (name, quantile) in [
      (SignalName.latencyP50, 0.5), (.latencyP95, 0.95), (.latencyP99, 0.99),
    ] {
      if let latency = latencies.quantile(quantile) { write(name, latency.seconds) }
    }
  }

  mutating func writeUsage(from earlier: RetiredUsage, to later: RetiredUsage) {
    // Without control groups, what a process used is forgotten with it.
    write(.cpuUsage, max(0, (later.cpuTime - earlier.cpuTime).seconds) / seconds * 1000)
    let periods = later.periodCount - earlier.periodCount
    if periods > 0 {
      let throttled = later.throttledPeriodCount - earlier.throttledPeriodCount
      write(.cpuThrottled, Double(throttled) / Double(periods))
    }
  }
}
