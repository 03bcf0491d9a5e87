// What goes wrong.
extension SimulatedCluster {
  mutating func happen(_ fault: FaultPlan.TimedFault) {
    switch fault.fault {
    case .crash(let service):
      if let victim = services[service].ready.first { crash(victim) }
    case .slow(let node, let speed):
      nodes[node].slowdown = speed
      share(node)
    case .rework(let service, let factor):
      precondition(factor > 0 && factor.isFinite, "work times \(factor)")
      services[service].workFactor = factor
    }
  }

  /// Draws when a replica that has become ready will crash, if crashes are planned.
  mutating func planCrash(of replica: Reference) {
    guard let mean = faults.meanTimeToCrash else { return }
    let service = replicas[replica].service
    var random = services[service].random
      .child(UInt64(replicas[replica].ordinal))
      .child(UInt64(replicas[replica].restartCount) | 1 << 32)
    let life = VirtualTime(roundingUp: Spread.exponential(mean: mean).draw(&random))
    replicas[replica].nextChange = now + life
    events.schedule(.crash, replica, at: now + life)
  }

  mutating func crashIfDue(_ replica: Reference) {
    if isDue(replica, in: .ready) { crash(replica) }
  }

  /// Notes how much a replica holds; one that needs more memory than its limit is killed.
  mutating func noteMemory(of replica: Reference) {
    let held = replicas[replica].heldCount
    guard held > replicas[replica].peakHeldCount else { return }
    replicas[replica].peakHeldCount = held
    let memory = services[replicas[replica].service].description.memory
    guard memory.atRest + memory.perRequest * Int64(held) > replicas[replica].size.memoryLimit
    else {
      return
    }
    meters[replicas[replica].service].killForMemory()
    crash(replica)
  }
}
