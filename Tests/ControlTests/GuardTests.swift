import Applications
import Control
import OrderedCollections
import Randomness
import Testing

struct GuardTests {
  @Test func `a replica count is kept within the application's bounds`() {
    let (permitted, rules) = review(Action("s0", replicaCount: 40, because: Reason("more")))
    #expect(permitted?.replicaCount == 9)
    #expect(rules == [.replicaBounds])
  }

  @Test func `an action that changes nothing is no action`() {
    let action = Action("s0", replicaCount: 4, resources: Resources(), because: Reason("same"))
    #expect(review(action).permitted == nil)
    #expect(review(action).rules.isEmpty)
  }

  @Test func `an unknown service is refused in words`() {
    let (permitted, rules) = review(Action("nobody", replicaCount: 2, because: Reason("more")))
    #expect(permitted == nil && rules == [.unknownService])
  }

  @Test func `of a mixed resize only the part that shrinks waits for fresh signals`() {
    var resources = Resources()
    resources.requests.cpu = Millicores(200)
    resources.limits.memory = .mebibytes(128)
    let action = Action("s0", replicaCount: 2, resources: resources, because: Reason("resize"))
    let (permitted, rules) = review(action) { $0.signals = Signals() }
    #expect(permitted?.replicaCount == nil)
    #expect(permitted?.resources?.requests.cpu == Millicores(200))
    #expect(permitted?.resources?.limits.memory == Resources().limits.memory)
    #expect(rules == [.staleSignal, .staleSignal])
  }

  @Test func `a shrink that cites one stale signal is refused though others are fresh`() {
    let stale = Signal(10, .millicores, age: .seconds(600))
    let reason = Reason("idle", evidence: [Reason.Evidence(.cpuUsage, stale)])
    let (permitted, rules) = review(Action("s0", replicaCount: 2, because: reason))
    #expect(permitted == nil && rules == [.staleSignal])
  }

  @Test func `a dry run says what it would have done and does nothing`() {
    let (permitted, rules) = review(
      Action("s0", replicaCount: 40, because: Reason("more")),
      under: Guardrails(mode: .dryRun)
    )
    #expect(permitted == nil && rules == [.replicaBounds, .dryRun])
  }

  /// One action on a service of four replicas.
  private func review(
    _ action: Action,
    under guardrails: Guardrails = .essential,
    _ change: (inout ServiceObservation) -> Void = { _ in }
  ) -> (permitted: Action?, rules: [Amendment.Rule]) {
    let bounds = ReplicaBounds(initial: 4, minimum: 1, maximum: 9)
    let application = Application.flat(1, replicas: bounds)
    var observation = FakeWorld(application).observation
    observation.services["s0"].map { known in
      var service = known
      change(&service)
      observation.services["s0"] = service
    }
    var rails = Guard(guardrails, for: application)
    let verdicts = rails.review(Decision(actions: [action]), in: observation)
    return (verdicts.first?.permitted, verdicts.flatMap(\.amendments).map(\.rule))
  }
}

/// Random decisions against random guardrails, for many rounds.
struct GuardPropertyTests {
  static let seeds: [UInt64] = Array(1...60)

  @Test(arguments: seeds)
  func `no sequence of actions ever exceeds a cap, a floor, the bounds or the budget`(
    seed: UInt64
  ) async {
    var run = GuardRun(seed: seed)
    for _ in 0..<150 { await run.step() }
    #expect(run.violations.isEmpty, "seed \(seed)")
    #expect(run.changeCount > 0, "seed \(seed): nothing was ever done")
  }
}

/// One loop under random decisions; every change is checked against a record of the run itself.
private struct GuardRun {
  private var generator: SplitMix64
  private let application: Application
  private let rails: Guardrails
  private let world: FakeWorld
  private var guarded: Guard
  private var now = Duration.zero
  private var counts: [ServiceName: [(time: Duration, before: Int, after: Int)]] = [:]
  private(set) var violations: [String] = []
  private(set) var changeCount = 0

  init(seed: UInt64) {
    generator = SplitMix64(seed: seed)
    application = .flat(3, replicas: ReplicaBounds(initial: 5, minimum: 2, maximum: 40))
    rails = Self.randomRails(&generator)
    world = FakeWorld(application)
    guarded = Guard(rails, for: application)
  }

  mutating func step() async {
    now += .seconds(Int.random(in: 1...20, using: &generator))
    disturbSignals()
    let observation = world.observe(at: now)
    var verdicts = guarded.review(randomDecision(), in: observation)
    let permitted = verdicts.compactMap(\.permitted)
    world.answer = Int.random(in: 0..<10, using: &generator) == 0 ? .failed("refused") : .done
    let results = world.apply(permitted, at: now)
    for (index, result) in zip(verdicts.indices.filter { verdicts[$0].permitted != nil }, results) {
      verdicts[index].result = result
    }
    guarded.settle(verdicts, at: now)
    if rails.mode == .dryRun { expect(permitted.isEmpty, "a dry run acted") }
    for action in permitted { check(action, observation) }
    changeCount += rails.mode == .dryRun ? 1 : permitted.count
  }

  private mutating func check(_ action: Action, _ observation: Observation) {
    guard let service = observation.services[action.service] else { return }
    checkFreshness(action, service)
    checkResources(action, service)
    guard let after = action.replicaCount, world.answer == .done else { return }
    let before = service.desiredReplicaCount
    expect((2...40).contains(after), "\(after) is out of bounds")
    checkCoolDown(action.service, before, after)
    counts[action.service, default: []].append((now, before, after))
    checkCap(rails.growth, action.service, sign: 1)
    checkCap(rails.shrink, action.service, sign: -1)
    checkBudget(observation)
  }

  private mutating func checkFreshness(_ action: Action, _ service: ServiceObservation) {
    guard let limit = rails.maximumAge else { return }
    let isBlind = !service.signals.entries.contains {
      $0.signal.age <= limit && $0.signal.quality != .suspect
    }
    let shrinks = (action.replicaCount ?? Int.max) < service.desiredReplicaCount
    expect(!(isBlind && shrinks), "shrunk blindly at \(now)")
  }

  private mutating func checkResources(_ action: Action, _ service: ServiceObservation) {
    guard let resources = action.resources else { return }
    for (new, old) in [
      (resources.requests, service.resources.requests),
      (resources.limits, service.resources.limits),
    ] {
      expect(new.cpu >= rails.floor.cpu && new.memory >= rails.floor.memory, "below the floor")
      guard let cap = rails.resize, new.cpu != max(rails.floor.cpu, resources.requests.cpu) else {
        continue
      }
      let factor = Double(new.cpu.count) / Double(old.cpu.count)
      expect(factor <= cap.upperBound + 1e-9, "resized \(factor) times")
    }
    expect(resources.limits.cpu >= resources.requests.cpu, "a limit below its request")
  }

  private mutating func checkCoolDown(_ service: ServiceName, _ before: Int, _ after: Int) {
    guard let last = counts[service]?.last else { return }
    if after < before { expect(now - last.time >= rails.shrinkCoolDown, "shrunk while cooling") }
    let lastGrowth = counts[service]?.last { $0.after > $0.before }
    if after > before, let lastGrowth {
      expect(now - lastGrowth.time >= rails.growthCoolDown, "grew while cooling")
    }
  }

  /// Over every stretch of one period that ends now, what came or went is within the cap.
  private mutating func checkCap(_ cap: RateCap?, _ service: ServiceName, sign: Int) {
    guard let cap, let history = counts[service] else { return }
    let recent = history.filter { $0.time > now - cap.period }
    guard let base = recent.first?.before else { return }
    let moved = recent.reduce(0) { $0 + max(0, sign * ($1.after - $1.before)) }
    expect(moved <= cap.allowance(from: base), "moved \(sign * moved) of \(base)")
  }

  private mutating func checkBudget(_ observation: Observation) {
    guard let budget = rails.disruption else { return }
    let recent = counts.values.flatMap { $0 }.filter { $0.time > now - budget.period }
    let removed = recent.reduce(0) { $0 + max(0, $1.before - $1.after) }
    let most = recent.reduce(120) { max($0, $1.before * 3) }
    expect(removed <= budget.allowance(of: most), "took \(removed) replicas away")
  }

  private mutating func expect(_ holds: Bool, _ words: String) {
    if !holds { violations.append(words) }
  }

  private mutating func disturbSignals() {
    for index in world.observation.services.values.indices {
      let age = Duration.seconds(Int.random(in: 0...200, using: &generator))
      let quality: Signal.Quality = Bool.random(using: &generator) ? .good : .suspect
      world.observation.services.values[index].signals =
        Int.random(in: 0..<4, using: &generator) == 0
        ? Signals() : [.cpuUsage: Signal(50, .millicores, age: age, quality: quality)]
    }
  }

  private mutating func randomDecision() -> Decision {
    var actions: [Action] = []
    for service in application.services where Bool.random(using: &generator) {
      let count =
        Int.random(in: 0..<5, using: &generator) == 0
        ? nil : Int.random(in: 0...60, using: &generator)
      var resources = Resources()
      resources.requests.cpu = Millicores(Int.random(in: 1...900, using: &generator))
      resources.limits.cpu = resources.requests.cpu + Millicores(50)
      let resized = Bool.random(using: &generator) ? resources : nil
      actions.append(
        Action(service.name, replicaCount: count, resources: resized, because: Reason("chance"))
      )
    }
    return Decision(actions: actions)
  }

  private static func randomRails(_ generator: inout SplitMix64) -> Guardrails {
    var cap: RateCap? {
      guard Bool.random(using: &generator) else { return nil }
      return RateCap(
        fraction: Double.random(in: 0...1, using: &generator),
        count: Int.random(in: 0...4, using: &generator),
        period: .seconds(Int.random(in: 5...90, using: &generator))
      )
    }
    let budget = DisruptionBudget(
      fraction: Double.random(in: 0...0.4, using: &generator),
      period: .seconds(Int.random(in: 5...90, using: &generator))
    )
    return Guardrails(
      mode: Int.random(in: 0..<8, using: &generator) == 0 ? .dryRun : .act,
      growth: cap,
      shrink: cap,
      growthCoolDown: .seconds(Int.random(in: 0...30, using: &generator)),
      shrinkCoolDown: .seconds(Int.random(in: 0...60, using: &generator)),
      resize: Bool.random(using: &generator) ? 0.5...2 : nil,
      maximumAge: Bool.random(using: &generator) ? .seconds(60) : nil,
      disruption: Bool.random(using: &generator) ? budget : nil
    )
  }
}
