/// Loads the machine as deep as its promises allow: the composition of all stages, each of which can be left out.
///
/// A sequence stands where its first token is due, so the nearest promise goes first and any class overtakes another only
/// for as long as their promises differ. Those that are late for certain stand back for those that are not.
package struct PlimsollPolicy: SchedulingPolicy {
  /// What the policy is made of.
  package struct Stages: OptionSet, Sendable, Hashable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// First tokens are due by class and priority; without it, arrival alone counts.
    package static let classes = Stages(rawValue: 1 << 0)
    /// Tenants share the machine.
    package static let fairness = Stages(rawValue: 1 << 1)
    /// Who cannot be in time any more stands back.
    package static let triage = Stages(rawValue: 1 << 2)
    /// A more urgent class takes a less urgent one's seat.
    package static let preemption = Stages(rawValue: 1 << 3)
    /// No more seats than memory holds with the predicted answers.
    package static let memory = Stages(rawValue: 1 << 4)
    /// No more seats than can decode in time.
    package static let pacing = Stages(rawValue: 1 << 5)
    /// Sequences ahead of their promise leave longer steps to prefill.
    package static let lending = Stages(rawValue: 1 << 6)
    /// Prompts of a length bucket go together while nobody else gets late by it.
    package static let buckets = Stages(rawValue: 1 << 7)
    /// Less than the promised time per token is aimed at, as steps vary.
    package static let margin = Stages(rawValue: 1 << 8)
    /// Steps end before a first token in them is late, and soon enough for those that may come meanwhile.
    package static let haste = Stages(rawValue: 1 << 9)

    /// Every stage by the name under which people switch it off.
    package static let named: [String: Stages] = [
      "classes": .classes, "fairness": .fairness, "triage": .triage, "preemption": .preemption,
      "memory": .memory, "pacing": .pacing, "lending": .lending, "buckets": .buckets,
      "margin": .margin, "haste": .haste,
    ]
    package static let names = named.keys.sorted().joined(separator: ", ")

    package static let all = Stages(rawValue: (1 << 10) - 1)
    /// Without what only pays on engines that pad, and without longer steps: a first token that waits for one costs more
    /// promises than the faster prefill keeps.
    package static let usual: Stages = all.subtracting([.buckets, .lending])
  }

  package let stages: Stages
  private let former: BatchFormer
  private var queue: BucketedQueue
  private var clock = FairClock()
  private var batch: (cells: Range<Int>, members: BatchFormer.Batch, leftCount: Int)?
  /// Tickets that stand back already.
  private var late: Set<Int> = []
  private var promises = RecentMinimum()

  /// How far a tenant that asks for more than its share is put back at most.
  private static let fairnessLimit: Duration = .seconds(10)
  /// How far those stand back that are late for certain, divided by their class's weight, and all that can wait.
  private static let lateness: Duration = .seconds(40)
  /// Part of a time per output token that decoding may take, so that prefill gets the rest.
  private static let decodingShare = 0.7
  /// Part of a time per output token that is aimed at: one step in ten is slower by a seventh than it was expected to be.
  private static let aimedShare = 0.85
  /// Part of the shortest time to first token that a step may take, since two of them can pass before it.
  private static let hastyShare = 0.25

  /// `maximumLength` is one past the longest prompt.
  package init(maximumLength: Int, stages: Stages = .usual, former: BatchFormer = .slack) {
    self.stages = stages
    self.former = former
    let isBucketed = stages.contains(.buckets)
    queue = BucketedQueue(
      BucketLadder(
        rule: .steady,
        maximum: maximumLength,
        minimumWidth: isBucketed ? 64 : maximumLength
      )
    )
  }

  /// The longest that anyone can be overtaken beyond what its own class promises.
  package static let ageingBound = fairnessLimit + lateness

  package mutating func standing(of profile: Profile, _ capacity: Capacity) -> Standing {
    var start = profile.arrival
    if stages.contains(.fairness) {
      start = clock.virtualArrival(
        of: profile,
        work: capacity.workDuration(rows: profile.promptCount + profile.forecast.expected),
        limit: Self.fairnessLimit
      )
    }
    guard stages.contains(.classes) else { return Standing(at: start, rank: profile.rank) }
    // A unit of priority is a tenth of the class's promise.
    let tenths = 10 + min(max(profile.priority, -10), 10)
    let promise = profile.serviceClass.timeToFirstToken(promptCount: profile.promptCount)
    promises.note(promise)
    var due = start + promise * tenths / 10
    // Work that can wait stands behind late work too, or an overload would serve it before what was promised sooner.
    if profile.serviceClass.isDeferrable { due += Self.lateness }
    return Standing(at: min(due, profile.deadline ?? due), rank: profile.rank)
  }

  package mutating func enqueue(_ ticket: Ticket) { queue.insert(ticket) }

  package var waitingCount: Int { queue.count }

  package mutating func next(_ capacity: Capacity) -> Ticket? {
    if stages.contains(.triage) { standBackLate(capacity) }
    guard let first = queue.first, stages.contains(.buckets) else { return queue.first }
    if let companion = companion(of: first, capacity) { return companion }
    queue.updateLadder(batchLimit: capacity.batchLimit(footprint: queue.meanFootprint))
    batch = (
      queue.bucket(of: first), BatchFormer.Batch(),
      capacity.batchLimit(footprint: queue.meanFootprint)
    )
    return first
  }

  package mutating func take(_ handle: Int) {
    batch?.members.add(queue.tickets[handle].profile)
    batch?.leftCount -= 1
    drop(handle)
  }

  package mutating func drop(_ handle: Int) {
    late.remove(handle)
    queue.remove(handle)
  }
}

// MARK: - Whose turn

extension PlimsollPolicy {
  /// The next of the open bucket, as long as it fits the batch and the first of all can wait for it.
  private func companion(of first: Ticket, _ capacity: Capacity) -> Ticket? {
    guard let batch, batch.leftCount > 0, let ticket = queue.first(in: batch.cells),
      former.admits(ticket.profile, to: batch.members, capacity)
    else { return nil }
    let work =
      capacity.workDuration(rows: ticket.profile.tokenCount)
      + capacity.workDuration(rows: first.profile.tokenCount)
    let isPatient =
      ticket == first
      || capacity.now + work <= first.profile.firstTokenDue
    return isPatient ? ticket : nil
  }

  /// Puts back those at the head of the queue whose first token is late however soon they start.
  ///
  /// At most a few in a step, which bounds its planning; each stands back once in its life.
  private mutating func standBackLate(_ capacity: Capacity) {
    for _ in 0..<16 {
      guard let first = queue.first, isLate(first, capacity) else { return }
      let setback = Self.lateness / first.profile.serviceClass.weight
      late.insert(first.handle)
      queue.move(
        first,
        to: Standing(
          key: first.standing.key + setback.microseconds,
          rank: first.standing.rank
        )
      )
    }
  }

  private func isLate(_ ticket: Ticket, _ capacity: Capacity) -> Bool {
    let profile = ticket.profile
    guard !profile.serviceClass.isDeferrable, profile.generatedCount == 0,
      profile.preemptionCount == 0, !late.contains(ticket.handle)
    else { return false }
    return capacity.now + prefillDuration(profile, capacity) > profile.firstTokenDue
  }

  /// How long the prompt takes from now on if it goes first, beside those that decode.
  private func prefillDuration(_ profile: Profile, _ capacity: Capacity) -> Duration {
    let work = capacity.workDuration(rows: profile.promptCount)
    let decoding = capacity.costModel.duration(of: capacity.decodingLoad)
    guard let target = capacity.tightestTarget else { return work + decoding }
    // Each step is shared; StepBudget leaves prompts a third at least.
    let limit = max(aim(target), decoding * 1.5)
    return work / max(1 - decoding / limit, 1.0 / 3) + decoding
  }

  /// The time per output token that steps are planned for.
  private func aim(_ target: Duration) -> Duration {
    stages.contains(.margin) ? target * Self.aimedShare : target
  }
}

// MARK: - How much at once

extension PlimsollPolicy {
  package func hasRoom(for ticket: Ticket, _ capacity: Capacity) -> Bool {
    if capacity.runningCount == 0 { return true }
    if stages.contains(.memory), !capacity.holds(ticket.profile) { return false }
    return !stages.contains(.pacing) || isDecodedInTime(ticket.profile, capacity)
  }

  /// Whether all that runs still decodes within the tightest target with one more.
  ///
  /// A target that the machine misses for a single sequence is no reason to serve one at a time.
  private func isDecodedInTime(_ profile: Profile, _ capacity: Capacity) -> Bool {
    let targets = [capacity.tightestTarget, profile.serviceClass.timePerOutputToken]
    guard let target = targets.compactMap({ $0 }).min() else { return true }
    if isKeptByBrownout(target, profile, capacity) { return true }
    var (alone, together) = (StepLoad(), capacity.decodingLoad)
    alone.add(rowCount: 1, at: profile.tokenCount)
    together.add(rowCount: 1, at: profile.tokenCount)
    let model = capacity.costModel
    return model.duration(of: together)
      <= max(target * Self.decodingShare, model.duration(of: alone) * 1.5)
  }

  /// Whether brownout keeps the target by making steps shorter, so that nobody need wait for a seat.
  ///
  /// Sequences of full quality would not get shorter steps by it: their experts are read anyway.
  private func isKeptByBrownout(
    _ target: Duration,
    _ profile: Profile,
    _ capacity: Capacity
  ) -> Bool {
    guard let spared = capacity.brownoutTarget, target >= spared else { return false }
    return profile.quality == .adaptive && capacity.fullQualityCount == 0
  }

  package func mayDisplace(_ victim: Profile, for ticket: Ticket) -> Bool {
    stages.contains(.preemption)
      && ticket.profile.serviceClass.urgency < victim.serviceClass.urgency
      && ticket.profile.outranks(victim)
  }

  /// The target less a margin, or up to three times as long where the sequence is that far ahead of it.
  package func stepLimit(_ pace: DecodingPace, at now: Duration) -> Duration? {
    guard let target = pace.serviceClass.timePerOutputToken.map(aim) else { return nil }
    guard stages.contains(.lending) else { return target }
    let due = pace.start + target * pace.generatedCount
    return min(max(due - now, target), target * 3)
  }

  /// What is left until it is due; one that is late already hurries nobody.
  package func firstTokenLimit(_ profile: Profile, at now: Duration) -> Duration? {
    guard stages.contains(.haste), profile.firstTokenDue > now else { return nil }
    return profile.firstTokenDue - now
  }

  /// A part of the shortest promise of late, but never so short that reading the weights is most of the step.
  package func stepLimit(_ capacity: Capacity) -> Duration? {
    guard stages.contains(.haste), let shortest = promises.minimum else { return nil }
    return max(shortest * Self.hastyShare, capacity.costModel.duration(of: StepLoad()) * 4)
  }
}
