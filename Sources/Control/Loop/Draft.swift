import Applications

/// An action on its way through the guardrails: each rule narrows it and says so.
struct Draft {
  private let proposed: Action
  private let service: ServiceObservation
  private var replicaCount: Int?
  private var resources: Resources?
  private var amendments: [Amendment] = []
  private var isWithheld = false

  init(_ action: Action, of service: ServiceObservation) {
    proposed = action
    self.service = service
    replicaCount = action.replicaCount
    resources = action.resources
  }

  private var current: Int { service.desiredReplicaCount }

  /// What is left; changes that change nothing are dropped.
  var verdict: Verdict {
    var permitted = proposed
    permitted.replicaCount = replicaCount == current ? nil : replicaCount
    permitted.resources = resources == service.resources ? nil : resources
    return Verdict(
      proposed: proposed,
      permitted: permitted.isEmpty || isWithheld ? nil : permitted,
      amendments: amendments,
      before: Verdict.Standing(service)
    )
  }

  mutating func keep(within bounds: ReplicaBounds) {
    guard let replicaCount else { return }
    let bounded = min(max(replicaCount, bounds.minimum), bounds.maximum)
    limit(to: bounded, .replicaBounds, "between \(bounds.minimum) and \(bounds.maximum) allowed")
  }

  mutating func keep(above floor: ResourceAmount) {
    adjust(.resourceFloor, "no replica gets less than \(floor.cpu) CPU and \(floor.memory)") {
      max($0, $1.isCPU ? floor.cpu.count : floor.memory.bytes)
    }
  }

  mutating func cap(resize range: ClosedRange<Double>) {
    adjust(.rateCap, "one step resizes by \(range.lowerBound) to \(range.upperBound) times") {
      let lowest = Int((Double($1.current) * range.lowerBound).rounded(.up))
      let highest = Int(Double($1.current) * range.upperBound)
      return min(max($0, lowest), max(lowest, highest))
    }
  }

  /// Refuses to shrink when nothing fresh is known of the service, or when the reason rests on stale signals.
  mutating func holdIfBlind(_ maximumAge: Duration) {
    let isFresh = { (signal: Signal) in
      signal.age <= maximumAge && signal.quality != .suspect && signal.value.isFinite
    }
    let cited = proposed.reason.evidence.first { !isFresh($0.signal) }
    let knowsSomething = service.signals.entries.contains { isFresh($0.signal) }
    if let cited {
      let age = cited.signal.age.quantity
      refuseToShrink(.staleSignal, "\(cited.name.rawValue) is \(cited.signal.quality), \(age) old")
    } else if !knowsSomething {
      let limit = maximumAge.quantity
      refuseToShrink(.staleSignal, "no signal of the service is fresher than \(limit)")
    }
  }

  mutating func coolDown(_ history: ChangeHistory, _ guardrails: Guardrails, at now: Duration) {
    if let last = history.lastGrowth, now - last < guardrails.growthCoolDown, grows {
      let words =
        "grew \((now - last).quantity) ago, cools for \(guardrails.growthCoolDown.quantity)"
      limit(to: current, .coolDown, words)
    }
    if let last = history.lastChange, now - last < guardrails.shrinkCoolDown {
      let period = guardrails.shrinkCoolDown.quantity
      refuseToShrink(.coolDown, "changed \((now - last).quantity) ago, cools for \(period)")
    }
  }

  mutating func cap(growth cap: RateCap?, _ history: ChangeHistory, at now: Duration) {
    guard let cap, let replicaCount, grows else { return }
    let room = history.room(under: cap, for: .growth, from: current, at: now)
    limit(
      to: min(replicaCount, current + room),
      .rateCap,
      "at most \(room) more within \(cap.period.quantity)"
    )
  }

  mutating func cap(shrink cap: RateCap?, _ history: ChangeHistory, at now: Duration) {
    guard let cap, let replicaCount, replicaCount < current else { return }
    let room = history.room(under: cap, for: .shrink, from: current, at: now)
    limit(
      to: max(replicaCount, current - room),
      .rateCap,
      "at most \(room) fewer within \(cap.period.quantity)"
    )
  }

  /// Takes what the action removes from what the application may still lose.
  mutating func spend(_ removable: inout Int?) {
    guard let left = removable, let replicaCount, replicaCount < current else { return }
    limit(
      to: max(replicaCount, current - max(0, left)),
      .disruptionBudget,
      "the application may lose \(max(0, left)) more replicas for now"
    )
    removable = left - (current - (self.replicaCount ?? current))
  }

  mutating func withhold() {
    isWithheld = true
    amendments.append(Amendment(.dryRun, "dry run: nothing is changed"))
  }

  private var grows: Bool { replicaCount.map { $0 > current } ?? false }

  private mutating func limit(
    to count: Int,
    _ rule: Amendment.Rule,
    _ words: @autoclosure () -> String
  ) {
    guard let replicaCount, count != replicaCount else { return }
    amendments.append(Amendment(rule, "\(replicaCount) → \(count) replicas: \(words())"))
    self.replicaCount = count
  }

  private mutating func refuseToShrink(
    _ rule: Amendment.Rule,
    _ words: @autoclosure () -> String
  ) {
    if let replicaCount, replicaCount < current { limit(to: current, rule, words()) }
    adjust(rule, words()) { max($0, $1.current) }
  }

  /// One of the four numbers of a replica's resources as it stands.
  private struct Component {
    let isCPU: Bool
    let current: Int
  }

  /// Passes the four numbers of the new resources through `rule`, and keeps limits at or above requests.
  private mutating func adjust(
    _ rule: Amendment.Rule,
    _ words: @autoclosure () -> String,
    _ change: (Int, Component) -> Int
  ) {
    guard let resources else { return }
    func adjusted(_ new: ResourceAmount, from now: ResourceAmount) -> ResourceAmount {
      let cpu = Component(isCPU: true, current: now.cpu.count)
      let memory = Component(isCPU: false, current: now.memory.bytes)
      return ResourceAmount(
        cpu: Millicores(change(new.cpu.count, cpu)),
        memory: ByteCount(change(new.memory.bytes, memory))
      )
    }
    var narrowed = Resources(
      requests: adjusted(resources.requests, from: service.resources.requests),
      limits: adjusted(resources.limits, from: service.resources.limits)
    )
    narrowed.limits.cpu = max(narrowed.limits.cpu, narrowed.requests.cpu)
    narrowed.limits.memory = max(narrowed.limits.memory, narrowed.requests.memory)
    guard narrowed != resources else { return }
    amendments.append(Amendment(rule, words()))
    self.resources = narrowed
  }
}
