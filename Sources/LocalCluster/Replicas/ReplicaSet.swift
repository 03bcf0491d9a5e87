import Control

/// The replicas of one service: what there is, what there should be, and the steps from one to the other.
///
/// A pure value. Its owner reports what happened, asks ``plan(at:)`` for the steps that are due, and carries them
/// out; a step that fails is reported as an exit and planned again.
struct ReplicaSet: Sendable {
  /// Something to do with one replica, by its ordinal.
  enum Step: Hashable, Sendable {
    case launch(Int)
    /// Send it no new requests.
    case drain(Int)
    /// Ask it to end.
    case terminate(Int)
    case kill(Int)
    /// It has ended for good: nothing of it is needed any more.
    case forget(Int)
  }

  /// How long a process may take to end after it was asked to.
  static let graceTime = Duration.seconds(2)

  var desiredCount: Int
  let drainTime: Duration
  let backoff: RestartBackoff
  private(set) var replicas: [Replica] = []
  private var nextOrdinal = 0
  /// Replicas that have ended and whose remains are still there.
  private var ended: [Int] = []

  init(desiredCount: Int, drainTime: Duration, backoff: RestartBackoff = RestartBackoff()) {
    self.desiredCount = desiredCount
    self.drainTime = drainTime
    self.backoff = backoff
  }

  /// The steps that are due now; each is given once.
  mutating func plan(at now: Duration) -> [Step] {
    var steps = ended.map { Step.forget($0) }
    ended = []
    steps += scale(at: now)
    for index in replicas.indices {
      if let step = advance(&replicas[index], at: now) { steps.append(step) }
    }
    return steps
  }

  /// A replica's process has started to run.
  mutating func noteLaunch(of ordinal: Int, at now: Duration) {
    update(ordinal) { $0.launchedAt = now }
  }

  /// A replica's process has ended, or could not be started.
  mutating func noteExit(of ordinal: Int, at now: Duration) {
    guard let index = index(of: ordinal) else { return }
    guard replicas[index].isWanted else {
      replicas.remove(at: index)
      ended.append(ordinal)
      return
    }
    let ranWell =
      replicas[index].phase == .ready
      && now - (replicas[index].readinessChangedAt ?? now) >= backoff.forgivingTime
    if replicas[index].phase == .ready { replicas[index].readinessChangedAt = now }
    replicas[index].restartCount += 1
    replicas[index].crashesInRow = ranWell ? 1 : replicas[index].crashesInRow + 1
    let delay = backoff.delay(afterCrash: replicas[index].crashesInRow)
    replicas[index].phase = .crashed(restartAt: now + delay)
  }

  /// What the router knows of a replica's health.
  mutating func noteReadiness(of ordinal: Int, _ isReady: Bool, at now: Duration) {
    update(ordinal) { replica in
      switch (replica.phase, isReady) {
      case (.starting, true), (.unready, true): replica.phase = .ready
      case (.ready, false): replica.phase = .unready
      default: return
      }
      replica.readinessChangedAt = now
    }
  }

  /// A draining replica has finished everything.
  mutating func noteDrained(_ ordinal: Int, at now: Duration) {
    update(ordinal) { if case .draining = $0.phase { $0.phase = .draining(until: now) } }
  }

  /// Whether nothing is left.
  var isEmpty: Bool { replicas.isEmpty && ended.isEmpty }

  var readyCount: Int { replicas.count { $0.phase == .ready } }

  /// Makes the number of wanted replicas the desired one.
  private mutating func scale(at now: Duration) -> [Step] {
    var wanted = replicas.filter(\.isWanted)
    for _ in stride(from: wanted.count, to: desiredCount, by: 1) {
      replicas.append(Replica(ordinal: nextOrdinal, startedAt: now))
      nextOrdinal += 1
    }
    guard wanted.count > desiredCount else { return [] }
    wanted.sort { Self.isMoreExpendable($0, than: $1) }
    return wanted.prefix(wanted.count - desiredCount).compactMap { remove($0, at: now) }
  }

  private mutating func remove(_ replica: Replica, at now: Duration) -> Step? {
    guard replica.isRunning else {
      replicas.removeAll { $0.ordinal == replica.ordinal }
      ended.append(replica.ordinal)
      return nil
    }
    let end = now + drainTime
    update(replica.ordinal) { $0.phase = .draining(until: end) }
    return .drain(replica.ordinal)
  }

  private func advance(_ replica: inout Replica, at now: Duration) -> Step? {
    switch replica.phase {
    case .due:
      replica.phase = .starting
      return .launch(replica.ordinal)
    case .crashed(let restartAt) where restartAt <= now:
      replica.phase = .starting
      return .launch(replica.ordinal)
    case .draining(let until) where until <= now:
      replica.phase = .ending(killAt: now + Self.graceTime)
      return .terminate(replica.ordinal)
    case .ending(let killAt) where killAt <= now:
      replica.phase = .killed
      return .kill(replica.ordinal)
    case .starting, .ready, .unready, .crashed, .draining, .ending, .killed: return nil
    }
  }

  /// As Kubernetes chooses: first what does not run, then what is not ready, then the youngest.
  private static func isMoreExpendable(_ left: Replica, than right: Replica) -> Bool {
    let (leftRank, rightRank) = (rank(left), rank(right))
    return leftRank == rightRank ? left.ordinal > right.ordinal : leftRank < rightRank
  }

  private static func rank(_ replica: Replica) -> Int {
    if !replica.isRunning { return 0 }
    return replica.phase == .ready ? 2 : 1
  }

  private func index(of ordinal: Int) -> Int? { replicas.firstIndex { $0.ordinal == ordinal } }

  private mutating func update(_ ordinal: Int, _ change: (inout Replica) -> Void) {
    guard let index = index(of: ordinal) else { return }
    change(&replicas[index])
  }
}
