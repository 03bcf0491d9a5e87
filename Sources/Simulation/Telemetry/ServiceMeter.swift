/// What is counted of one service from one observation to the next, in constant memory.
struct ServiceMeter {
  private(set) var arrivedCount = 0
  private(set) var endedCount = 0
  private(set) var failedCount = 0
  private(set) var latencies = LatencyHistogram()
  private var busy = TimeIntegral()
  private var queued = TimeIntegral()
  private var beganAt = VirtualTime.zero
  /// Counts of replicas that have ended since.
  private(set) var endedReplicas = ProcessorTotals()
  private(set) var outOfMemoryCount = 0

  mutating func arrive() { arrivedCount += 1 }

  mutating func changeBusy(by change: Int, at now: VirtualTime) { busy.change(by: change, at: now) }

  mutating func changeQueued(by change: Int, at now: VirtualTime) {
    queued.change(by: change, at: now)
  }

  mutating func succeed(after latency: VirtualTime) {
    endedCount += 1
    latencies.record(latency)
  }

  mutating func fail() {
    endedCount += 1
    failedCount += 1
  }

  mutating func endReplica(_ unobserved: ProcessorTotals) { endedReplicas.add(unobserved) }

  mutating func killForMemory() { outOfMemoryCount += 1 }

  func window(at now: VirtualTime) -> VirtualTime { now - beganAt }
  func meanBusy(at now: VirtualTime) -> Double { busy.mean(from: beganAt, to: now) }
  func meanQueued(at now: VirtualTime) -> Double { queued.mean(from: beganAt, to: now) }

  /// Begins anew; what is going on goes on.
  mutating func restart(at now: VirtualTime) {
    (arrivedCount, endedCount, failedCount) = (0, 0, 0)
    latencies.removeAll()
    endedReplicas = ProcessorTotals()
    outOfMemoryCount = 0
    busy.restart(at: now)
    queued.restart(at: now)
    beganAt = now
  }
}

/// A count that is averaged over time.
struct TimeIntegral {
  private var level = 0
  private var area = 0.0
  private var changedAt = VirtualTime.zero

  mutating func change(by change: Int, at now: VirtualTime) {
    area += Double(level) * Double((now - changedAt).nanoseconds)
    changedAt = now
    level += change
  }

  func mean(from start: VirtualTime, to now: VirtualTime) -> Double {
    guard now > start else { return Double(level) }
    let rest = Double(level) * Double((now - changedAt).nanoseconds)
    return (area + rest) / Double((now - start).nanoseconds)
  }

  mutating func restart(at now: VirtualTime) {
    area = 0
    changedAt = now
  }
}

/// What processors have counted since they exist.
struct ProcessorTotals {
  /// CPU time in nanoseconds.
  var cpuTime = 0.0
  /// Periods in which something ran, and those of them in which the quota ran out.
  var periodCount = 0
  var throttledPeriodCount = 0

  mutating func add(_ other: ProcessorTotals) {
    cpuTime += other.cpuTime
    periodCount += other.periodCount
    throttledPeriodCount += other.throttledPeriodCount
  }

  static func - (left: Self, right: Self) -> Self {
    ProcessorTotals(
      cpuTime: left.cpuTime - right.cpuTime,
      periodCount: left.periodCount - right.periodCount,
      throttledPeriodCount: left.throttledPeriodCount - right.throttledPeriodCount
    )
  }
}
