// How a request calls others: frames run their stages, calls time out, fail and are tried again.
extension SimulatedCluster {
  /// Begins a stage of several calls, without running it yet.
  mutating func openFrame(
    _ stage: Int,
    for span: Reference,
    in parent: Reference,
    random: RandomStream
  ) -> Reference {
    let (stages, isParallel) =
      switch program.stages[stage].kind {
      case .sequence(let stages): (stages, false)
      case .parallel(let stages): (stages, true)
      case .call: preconditionFailure("a single call needs no frame")
      }
    return frames.insert(
      Frame(
        random: random,
        span: span,
        parent: parent,
        next: UInt32(stages.lowerBound),
        end: UInt32(stages.upperBound),
        isParallel: isParallel
      )
    )
  }

  /// Runs a frame until it has to wait; false when there is nothing to wait for any more.
  mutating func run(_ frame: Reference) -> Bool {
    while frames[frame].next < frames[frame].end {
      let stage = Int(frames[frame].next)
      frames[frame].next += 1
      guard begin(stage, in: frame) else { continue }
      frames[frame].pendingCount += 1
      if !frames[frame].isParallel { return true }
    }
    return frames[frame].pendingCount > 0
  }

  /// Begins a stage if chance wills it; whether it has to be waited for.
  private mutating func begin(_ stage: Int, in frame: Reference) -> Bool {
    var random = frames[frame].random.child(program.stages[stage].key)
    let probability = program.stages[stage].probability
    guard probability >= 1 || random.uniform() <= probability else { return false }
    if case .call = program.stages[stage].kind {
      call(stage: stage, from: frame)
      return true
    }
    let inner = openFrame(stage, for: frames[frame].span, in: frame, random: random)
    if run(inner) { return true }
    frames.remove(inner)
    return false
  }

  /// A stage of this frame has ended; goes on with what waited for it.
  mutating func endStage(of frame: Reference, isFailed: Bool) {
    frames[frame].pendingCount -= 1
    if isFailed || isCancelled(frames[frame].span) { frames[frame].isFailed = true }
    if frames[frame].isParallel {
      if frames[frame].pendingCount > 0 { return }
    } else if !frames[frame].isFailed, run(frame) {
      return
    }
    end(frame)
  }

  /// All of a frame's stages have ended.
  mutating func end(_ frame: Reference) {
    let (parent, span, isFailed) = (
      frames[frame].parent, frames[frame].span, frames[frame].isFailed
    )
    frames.remove(frame)
    guard parent.isNone else { return endStage(of: parent, isFailed: isFailed) }
    let replica = spans[span].replica
    finish(span, isFailed: isFailed)
    settle(replica)
  }

  /// A call has been answered, or given up: it is tried again, or its stage ends.
  mutating func endCall(_ span: Span) {
    let stage = Int(span.origin)
    guard case .call(let site) = program.stages[stage].kind else { return }
    guard span.isFailed, Int(span.attempt) < program.sites[site].retryCount else {
      return endStage(of: span.caller, isFailed: span.isFailed)
    }
    call(
      stage: stage,
      from: span.caller,
      attempt: span.attempt + 1,
      after: backOff(before: span.attempt + 1, of: span)
    )
  }

  /// How long a caller waits before its n-th repetition: uniform below a bound that doubles, up to ten times
  /// the first.
  private func backOff(before attempt: UInt8, of span: Span) -> VirtualTime {
    let first = Double(VirtualTime(description.network.retryBackOff).nanoseconds)
    let bound = min(first * Double(UInt64(1) << UInt64(min(attempt - 1, 8))), 10 * first)
    var random = span.random.child(UInt64(attempt))
    return VirtualTime(nanoseconds: max(1, Int64(bound * random.uniform())))
  }

  // MARK: Timeouts

  /// Notes when the caller's patience ends, if it does.
  mutating func awaitAnswer(to span: Reference) {
    guard !spans[span].caller.isNone, let (site, timeout) = timeout(of: spans[span]) else { return }
    _ = oldestWaiting(in: site)
    lanes[site].append(span, deadline: now + timeout)
    if !lanes[site].isArmed {
      lanes[site].isArmed = true
      events.schedule(.timeout, Reference(site), at: now + timeout)
    }
  }

  private func timeout(of span: Span) -> (site: Int, VirtualTime)? {
    guard case .call(let site) = program.stages[Int(span.origin)].kind else { return nil }
    return program.timeouts[site].map { (site, $0) }
  }

  /// Gives up the calls of a site whose deadline has come, and expects the next deadline.
  mutating func expire(lane site: Int) {
    while let (deadline, span) = oldestWaiting(in: site) {
      guard deadline <= now else {
        return events.schedule(.timeout, Reference(site), at: deadline)
      }
      abandon(span)
    }
    lanes[site].isArmed = false
  }

  private mutating func oldestWaiting(in site: Int) -> (deadline: VirtualTime, span: Reference)? {
    lanes[site].oldest { [spans] in !spans.isLive($0) || spans[$0].isAbandoned }
  }

  /// The caller gives up; what becomes of the request is its service's affair.
  private mutating func abandon(_ reference: Reference) {
    releaseReplica(of: spans[reference])
    spans[reference].isAbandoned = true
    guard frames.isLive(spans[reference].caller) else { return }
    var span = spans[reference]
    span.isFailed = true
    endCall(span)
  }

  /// Whether a request should stop because nobody waits for it or for one that led to it.
  func isCancelled(_ span: Reference) -> Bool {
    let service = program.operations[Int(spans[span].operation)].service
    guard services[service].description.abandonment == .cancelled else { return false }
    var span = span
    while true {
      if spans[span].isAbandoned { return true }
      let caller = spans[span].caller
      if caller.isNone { return false }
      guard frames.isLive(caller) else { return true }
      span = frames[caller].span
    }
  }
}
