// A request's life: it arrives or is called, is sent, delivered, waits, computes, calls others, and is answered.
// Every handler of an event that changes what a replica's threads do ends with `settle`.
extension SimulatedCluster {
  mutating func expectArrival(at entry: Int) {
    let time = arrivals[entry].next()
    if time < .never { events.schedule(.arrival, Reference(entry), at: time) }
  }

  /// A user's request enters.
  mutating func arrive(at entry: Int) {
    let span = Span(
      random: requestStreams[entry].child(arrivals[entry].count),
      sentAt: now,
      caller: .none,
      operation: UInt32(description.entryPoints[entry].operation),
      origin: UInt32(entry)
    )
    entryMeters[entry].arrive()
    send(spans.insert(span))
    expectArrival(at: entry)
  }

  /// A frame calls another service, for the first time or again after `attempt` failures.
  mutating func call(
    stage: Int,
    from frame: Reference,
    attempt: UInt8 = 0,
    after delay: VirtualTime = .zero
  ) {
    guard case .call(let site) = program.stages[stage].kind else {
      preconditionFailure("stage \(stage) is no call")
    }
    let random = frames[frame].random.child(program.stages[stage].key).child(UInt64(attempt))
    let span = spans.insert(
      Span(
        random: random,
        sentAt: now + delay,
        caller: frame,
        operation: UInt32(program.sites[site].operation),
        origin: UInt32(stage),
        attempt: attempt
      )
    )
    if delay > .zero {
      events.schedule(.retry, span, at: now + delay)
    } else {
      send(span)
    }
  }

  /// Sends a call that failed before once more, unless its caller is gone.
  mutating func sendAgain(_ span: Reference) {
    if frames.isLive(spans[span].caller) { send(span) } else { spans.remove(span) }
  }

  /// Chooses a replica and sends the request there.
  mutating func send(_ span: Reference) {
    awaitAnswer(to: span)
    let service = program.operations[Int(spans[span].operation)].service
    guard let replica = chooseReplica(of: service, for: span) else {
      // The balancer itself answers that nobody is there.
      meters[service].arrive()
      meters[service].fail()
      return answer(span, isFailed: true)
    }
    spans[span].replica = replica
    replicas[replica].outstandingCount += 1
    let delay = hop(of: span) + wakeDelay(of: span, on: replica)
    events.schedule(.delivery, span, at: now + delay)
  }

  /// The request reaches its replica: it is begun, waits, or is refused.
  mutating func deliver(_ span: Reference) {
    let replica = spans[span].replica
    spans[span].arrivedAt = now
    let service = program.operations[Int(spans[span].operation)].service
    meters[service].arrive()
    guard replicas.isLive(replica), replicas[replica].phase != .crashed else {
      meters[service].fail()
      return answer(span, isFailed: true)
    }
    if replicas[replica].busyCount < services[service].description.concurrency {
      begin(span, on: replica)
      settle(replica)
    } else if replicas[replica].queueCount < services[service].description.queueLength {
      enqueue(span, on: replica)
    } else {
      meters[service].fail()
      return answer(span, isFailed: true)
    }
    noteMemory(of: replica)
  }

  /// The request gets a place and computes.
  mutating func begin(_ span: Reference, on replica: Reference) {
    spans[span].phase = .computing
    let operation = program.operations[Int(spans[span].operation)]
    replicas[replica].busyCount += 1
    meters[operation.service].changeBusy(by: 1, at: now)
    let work =
      operation.work.draw(&spans[span].random) * services[operation.service].workFactor
    replicas[replica].processor.advance(to: now)
    replicas[replica].processor.add(work: work, for: span)
  }

  /// The request's own work is done: its calls follow.
  mutating func endWork(_ span: Reference) {
    guard !isCancelled(span) else { return finish(span, isFailed: true) }
    guard let root = program.operations[Int(spans[span].operation)].root else {
      return finish(span, isFailed: false)
    }
    spans[span].phase = .calling
    let random = spans[span].random
    let frame = openFrame(root, for: span, in: .none, random: random)
    if !run(frame) { end(frame) }
  }

  /// The request gives its place to the next and is answered.
  ///
  /// Whoever calls this settles the replica.
  mutating func finish(_ span: Reference, isFailed: Bool) {
    let replica = spans[span].replica
    let service = replicas[replica].service
    replicas[replica].busyCount -= 1
    meters[service].changeBusy(by: -1, at: now)
    if isFailed {
      meters[service].fail()
    } else {
      meters[service].succeed(after: now - spans[span].arrivedAt)
    }
    answer(span, isFailed: isFailed)
    while replicas[replica].busyCount < services[service].description.concurrency,
      let next = dequeue(from: replica)
    {
      if isCancelled(next) {
        meters[service].fail()
        answer(next, isFailed: true)
      } else {
        begin(next, on: replica)
      }
    }
  }

  /// Sends the answer, or the news of the failure, on its way.
  mutating func answer(_ span: Reference, isFailed: Bool) {
    spans[span].phase = .answering
    spans[span].isFailed = isFailed
    events.schedule(.answer, span, at: now + hop(of: span))
  }

  /// The answer is there; nobody may be waiting for it any more.
  ///
  /// A caller that is throttled cannot even read it.
  mutating func takeAnswer(_ reference: Reference) {
    let span = spans[reference]
    if let end = throttleEnd(ofCaller: span) {
      return events.schedule(.answer, reference, at: end)
    }
    spans.remove(reference)
    endedSpanCount += 1
    if !span.isAbandoned { releaseReplica(of: span) }
    endDrainIfDone(span.replica)
    guard !span.isAbandoned else { return }
    if span.caller.isNone {
      entryMeters[Int(span.origin)].end(after: now - span.sentAt, isFailed: span.isFailed, at: now)
    } else if frames.isLive(span.caller) {
      endCall(span)
    }
  }

  /// A replica's CPU has come to the end of a computation, of its quota or of a period.
  mutating func compute(on replica: Reference) {
    guard replicas.isLive(replica), replicas[replica].nextProcessing == now else { return }
    replicas[replica].nextProcessing = .never
    replicas[replica].processor.advance(to: now)
    while let span = replicas[replica].processor.popFinished() { endWork(span) }
    settle(replica)
  }

  private func throttleEnd(ofCaller span: Span) -> VirtualTime? {
    guard !span.isAbandoned, frames.isLive(span.caller) else { return nil }
    let replica = spans[frames[span.caller].span].replica
    return replicas.isLive(replica) ? replicas[replica].processor.throttleEnd(at: now) : nil
  }

  /// How long the thread that takes a request waits behind another's turn; drawn when the request is sent, a hop
  /// before, and from a stream of its own, so that nothing else is drawn differently.
  private func wakeDelay(of span: Reference, on replica: Reference) -> VirtualTime {
    guard let node = replicas[replica].node else { return .zero }
    let (probability, turn) = (nodes[node].misplacementProbability, nodes[node].description.turn)
    guard probability > 0, turn > .zero else { return .zero }
    var random = spans[span].random.child(wakeStream)
    guard random.uniform() <= probability else { return .zero }
    return VirtualTime(roundingUp: random.uniform() * Double(VirtualTime(turn).nanoseconds))
  }

  private mutating func hop(of span: Reference) -> VirtualTime {
    let network = description.network
    let way = spans[span].caller.isNone ? network.entryHop : network.hop
    return VirtualTime(roundingUp: way.draw(&spans[span].random))
  }
}

/// The number of the stream for waking, apart from those of stages and attempts.
private let wakeStream: UInt64 = 0x77616b65
