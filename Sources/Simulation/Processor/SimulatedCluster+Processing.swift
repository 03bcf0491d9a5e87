// Who computes how fast: after every change of a replica's threads the CPU is shared anew.
extension SimulatedCluster {
  /// Takes note of what a replica's threads want, and lets them run at the rate they get.
  ///
  /// The processor must be up to date. While a node has cores for all, a replica's change concerns nobody else.
  mutating func settle(_ replica: Reference) {
    guard let node = replicas[replica].node else { return }
    replicas[replica].processor.advance(to: now)
    replicas[replica].processor.throttleIfExhausted()
    let wanted = min(replicas[replica].processor.demand, nodes[node].cores)
    let claimed = replicas[replica].claimedCores
    let wasContended = nodes[node].isContended
    if wanted != claimed {
      nodes[node].change(replica, from: claimed, to: wanted)
      replicas[replica].claimedCores = wanted
    }
    if wasContended || nodes[node].isContended { share(node) }
    if !nodes[node].isContended || wanted == 0 { run(replica, on: wanted) }
  }

  /// Gives every replica that computes on a node its share.
  /// - Complexity: O(active replicas) while there is room, O(active replicas²) at worst when there is not.
  mutating func share(_ node: Int) {
    let active = nodes[node].active
    for replica in active { replicas[replica].processor.advance(to: now) }
    guard nodes[node].isContended else {
      for replica in active { run(replica, on: replicas[replica].claimedCores) }
      return
    }
    let shares = fairShares(
      of: nodes[node].cores,
      active.map { (replicas[$0].claimedCores, max(replicas[$0].size.cpuRequest, 0.002)) }
    )
    for (replica, cores) in zip(active, shares) { run(replica, on: cores) }
  }

  private mutating func run(_ replica: Reference, on cores: Double) {
    guard let node = replicas[replica].node else { return }
    let speed = nodes[node].speed * replicas[replica].speed
    replicas[replica].processor.run(on: cores, speed: speed)
    let moment = replicas[replica].processor.nextMoment
    guard moment < replicas[replica].nextProcessing else { return }
    replicas[replica].nextProcessing = moment
    events.schedule(.processing, replica, at: moment)
  }

  /// Stops all of a replica's computations, and forgets them.
  mutating func halt(_ replica: Reference) {
    replicas[replica].processor.advance(to: now)
    replicas[replica].processor.removeAllJobs()
    settle(replica)
  }
}
