/// What users of one entry point saw: since the last observation, within the SLO's window, and in all.
struct EntryPointMeter {
  private(set) var arrivedCount = 0
  private(set) var endedCount = 0
  private(set) var failedCount = 0
  private(set) var latencies = LatencyHistogram()
  private var beganAt = VirtualTime.zero

  /// Since the cluster began.
  private(set) var total = EntryPointTotal()
  private(set) var record: PromiseRecord?
  private var recent: SlidingHistogram?

  init(_ promise: PromiseRecord.Promise?) {
    record = promise.map(PromiseRecord.init)
    recent = promise.map { SlidingHistogram(window: VirtualTime($0.window)) }
  }

  mutating func arrive() {
    arrivedCount += 1
    total.arrivedCount += 1
  }

  mutating func end(after latency: VirtualTime, isFailed: Bool, at now: VirtualTime) {
    endedCount += 1
    total.endedCount += 1
    record?.end(after: latency, isFailed: isFailed, at: now)
    guard !isFailed else {
      failedCount += 1
      total.failedCount += 1
      return
    }
    latencies.record(latency)
    recent?.record(latency, at: now)
    total.latencies.record(latency)
  }

  func window(at now: VirtualTime) -> VirtualTime { now - beganAt }

  /// The latency at the promise's quantile over its window.
  mutating func latencyAtPromise(_ now: VirtualTime) -> Duration? {
    guard let record else { return nil }
    return recent?.merged(at: now).quantile(record.promise.quantile)
  }

  /// Begins a new observation.
  mutating func restart(at now: VirtualTime) {
    (arrivedCount, endedCount, failedCount) = (0, 0, 0)
    latencies.removeAll()
    beganAt = now
  }
}

/// What users of one entry point saw since the cluster began.
package struct EntryPointTotal: Sendable {
  package var arrivedCount = 0
  package var endedCount = 0
  package var failedCount = 0
  /// Of those that succeeded.
  package var latencies = LatencyHistogram()
}
