/// What users of one entry point saw: since the last observation, within the SLO's window, and in all.
struct EntryPointMeter {
  private(set) var arrivedCount = 0
  private(set) var endedCount = 0
  private(set) var failedCount = 0
  private(set) var latencies = LatencyHistogram()
  private var beganAt = VirtualTime.zero

  mutating func arrive() { arrivedCount += 1 }

  mutating func end(after latency: VirtualTime, isFailed: Bool) {
    endedCount += 1
    if isFailed { failedCount += 1 } else { latencies.record(latency) }
  }

  func window(at now: VirtualTime) -> VirtualTime { now - beganAt }

  mutating func restart(at now: VirtualTime) {
    (arrivedCount, endedCount, failedCount) = (0, 0, 0)
    latencies.removeAll()
    beganAt = now
  }
}
