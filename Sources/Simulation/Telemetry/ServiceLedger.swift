/// What a service has held and used since the cluster began.
package struct ServiceLedger: Sendable {
  /// Replicas that have a place on a node, and what is reserved for them.
  private var replicaCount = 0
  private var cores = 0.0
  private var memory: Int64 = 0
  private var changedAt = VirtualTime.zero

  package private(set) var peakReplicaCount = 0
  package private(set) var replicaSeconds = 0.0
  /// Reserved, in core-seconds and byte-seconds.
  package private(set) var coreSeconds = 0.0
  package private(set) var byteSeconds = 0.0
  private(set) var used = ProcessorTotals()

  /// CPU time used, in seconds.
  package var usedCoreSeconds: Double { used.cpuTime * 1e-9 }
  /// The share of the periods in which something ran in which the quota ran out.
  package var throttledShare: Double {
    used.periodCount == 0
      ? 0 : Double(used.throttledPeriodCount) / Double(used.periodCount)
  }

  /// Takes note of replicas that got a place, or with a negative count lost it.
  mutating func add(_ size: ReplicaSize, count: Int, at now: VirtualTime) {
    settle(at: now)
    replicaCount += count
    cores += Double(count) * size.cpuRequest
    memory += Int64(count) * size.memoryRequest
    peakReplicaCount = max(peakReplicaCount, replicaCount)
  }

  mutating func use(_ totals: ProcessorTotals) { used.add(totals) }

  /// Counts what was held until now.
  mutating func settle(at now: VirtualTime) {
    let elapsed = (now - changedAt).seconds
    replicaSeconds += Double(replicaCount) * elapsed
    coreSeconds += cores * elapsed
    byteSeconds += Double(memory) * elapsed
    changedAt = now
  }
}

extension SimulatedCluster {
  /// What a service has held and used until now, by replicas that are gone and by those that are there.
  package func ledger(of service: Int) -> ServiceLedger {
    var ledger = ledgers[service]
    ledger.settle(at: now)
    for replica in services[service].replicas {
      var processor = replicas[replica].processor
      processor.advance(to: now)
      ledger.use(processor.totals)
    }
    return ledger
  }
}
