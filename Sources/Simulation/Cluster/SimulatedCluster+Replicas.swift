import Control

// A replica's life: pending, starting, ready, draining or crashed, gone.
extension SimulatedCluster {
  /// The replicas that each service begins with are there and ready.
  mutating func populate() {
    for service in services.indices {
      for _ in 0..<services[service].desiredCount {
        let replica = addReplica(to: service)
        place(replica)
        if replicas[replica].node != nil { makeReady(replica) }
      }
    }
  }

  /// Adds a replica that still needs room.
  mutating func addReplica(to service: Int) -> Reference {
    let ordinal = services[service].startedCount
    services[service].startedCount += 1
    var random = services[service].random.child(UInt64(ordinal))
    let phase = Int64(random.index(below: Int(Processor.period)))
    let size = services[service].size
    let replica = replicas.insert(
      Replica(
        service: service,
        ordinal: ordinal,
        size: size,
        processor: Processor(
          coreLimit: size.cpuLimit,
          parallelism: Double(services[service].description.parallelism),
          threadCores: services[service].description.threadCores,
          phase: phase
        ),
        speed: Spread.logNormal(mean: .seconds(1), variability: faults.replicaSpeedVariability)
          .draw(&random) * 1e-9,
        startedAt: now
      )
    )
    services[service].replicas.append(replica)
    return replica
  }

  /// Begins to start a replica that has got room.
  mutating func startUp(_ replica: Reference) {
    replicas[replica].phase = .starting
    let service = replicas[replica].service
    var random = services[service].random
      .child(UInt64(replicas[replica].ordinal))
      .child(UInt64(replicas[replica].restartCount) + 1)
    let delay = services[service].description.startupTime.draw(&random)
    replicas[replica].nextChange = now + VirtualTime(roundingUp: delay)
    events.schedule(.readiness, replica, at: replicas[replica].nextChange)
  }

  /// The start is over, unless it was broken off.
  mutating func becomeReady(_ replica: Reference) {
    guard isDue(replica, in: .starting) else { return }
    makeReady(replica)
  }

  private mutating func makeReady(_ replica: Reference) {
    replicas[replica].phase = .ready
    replicas[replica].readinessChangedAt = now
    services[replicas[replica].service].ready.append(replica)
    planCrash(of: replica)
  }

  /// Whether the change that was announced for this moment still stands.
  func isDue(_ replica: Reference, in phase: Replica.Phase) -> Bool {
    replicas.isLive(replica) && replicas[replica].phase == phase
      && replicas[replica].nextChange == now
  }

  // MARK: Going

  /// Takes a replica away: it gets no more requests, and may finish those it has.
  mutating func retire(_ replica: Reference) {
    guard replicas[replica].phase == .ready else { return remove(replica) }
    stopServing(replica)
    replicas[replica].phase = .draining
    let service = replicas[replica].service
    let patience = VirtualTime(services[service].description.drainTime)
    replicas[replica].nextChange = now + patience
    events.schedule(.drainDeadline, replica, at: now + patience)
    endDrainIfDone(replica)
  }

  mutating func endDrainIfDone(_ replica: Reference) {
    guard replicas.isLive(replica), replicas[replica].phase == .draining,
      replicas[replica].outstandingCount == 0, replicas[replica].heldCount == 0
    else { return }
    remove(replica)
  }

  /// What a draining replica has not finished by now fails.
  mutating func endDraining(_ replica: Reference) {
    guard isDue(replica, in: .draining) else { return }
    failRequests(on: replica)
    remove(replica)
  }

  private mutating func stopServing(_ replica: Reference) {
    let service = replicas[replica].service
    services[service].ready.removeAll { $0 == replica }
    replicas[replica].readinessChangedAt = now
  }

  /// The replica is gone, and its room is free.
  private mutating func remove(_ replica: Reference) {
    halt(replica)
    let service = replicas[replica].service
    services[service].replicas.removeAll { $0 == replica }
    let totals = replicas[replica].processor.totals
    meters[service].endReplica(totals - replicas[replica].observedTotals)
    ledgers[service].use(totals)
    unplaced.removeAll { $0 == replica }
    if replicas[replica].node != nil { release(replica) }
    replicas.remove(replica)
    fillRoom()
  }

  // MARK: Crashing

  /// A replica dies: what it had fails, and it is started again after a back-off.
  mutating func crash(_ replica: Reference) {
    switch replicas[replica].phase {
    case .pending, .crashed: return
    case .draining:
      failRequests(on: replica)
      return remove(replica)
    case .ready:
      if ranWell(replica) { replicas[replica].crashesInRow = 0 }
      stopServing(replica)
    case .starting: break
    }
    failRequests(on: replica)
    replicas[replica].crashesInRow += 1
    replicas[replica].phase = .crashed
    replicas[replica].restartCount += 1
    let delay = description.restartBackoff.delay(afterCrash: replicas[replica].crashesInRow)
    replicas[replica].nextChange = now + VirtualTime(delay)
    events.schedule(.restart, replica, at: replicas[replica].nextChange)
  }

  /// A replica that served for long enough starts its row of crashes anew.
  private func ranWell(_ replica: Reference) -> Bool {
    guard let since = replicas[replica].readinessChangedAt else { return false }
    return now - since >= VirtualTime(description.restartBackoff.forgivingTime)
  }

  mutating func restart(_ replica: Reference) {
    guard isDue(replica, in: .crashed) else { return }
    startUp(replica)
  }

  /// Everything sent to this replica and not answered fails, and whatever it waited for is given up.
  /// - Complexity: O(requests and frames in the cluster): crashes are rare.
  private mutating func failRequests(on replica: Reference) {
    for (frame, record) in frames.live where spans[record.span].replica == replica {
      frames.remove(frame)
    }
    let service = replicas[replica].service
    meters[service].changeQueued(by: -replicas[replica].queueCount, at: now)
    meters[service].changeBusy(by: -replicas[replica].busyCount, at: now)
    replicas[replica].queueCount = 0
    replicas[replica].busyCount = 0
    for (reference, span) in spans.live where span.replica == replica {
      switch span.phase {
      case .answering: break
      case .travelling:
        releaseIfAwaited(reference)
        spans[reference].replica = .none
      case .queued, .computing, .calling:
        releaseIfAwaited(reference)
        meters[service].fail()
        spans[reference].replica = .none
        answer(reference, isFailed: true)
      }
    }
    halt(replica)
  }

  private mutating func releaseIfAwaited(_ span: Reference) {
    if !spans[span].isAbandoned { releaseReplica(of: spans[span]) }
  }
}
