import Applications
import Control
import OrderedCollections
import Testing

struct ControlLoopTests {
  let application = Application.flat(2, replicas: ReplicaBounds(initial: 2, minimum: 1, maximum: 9))

  @Test func `a decision reaches the world, and the journal has it with its reason`() async {
    let (world, journal) = (FakeWorld(application), MemoryJournal())
    let action = Action("s0", replicaCount: 4, because: Reason("load doubled"))
    var loop = loop([Decision(actions: [action])], world, journal)
    await loop.tick(at: .seconds(15))
    #expect(world.applied == [action])
    #expect(world.observation.services["s0"]?.desiredReplicaCount == 4)
    #expect(journal.entries.map(\.verdicts.count) == [1])
    #expect(journal.entries.first?.verdicts.first?.proposed.reason.words == "load doubled")
    #expect(journal.entries.first?.verdicts.first?.result == .done)
  }

  @Test func `an action's outcome is journalled once it had time to take effect`() async {
    let (world, journal) = (FakeWorld(application), MemoryJournal())
    let action = Action("s0", replicaCount: 4, because: Reason("load doubled"))
    var loop = loop([Decision(actions: [action])], world, journal)
    await loop.tick(at: .seconds(15))
    world.observation.services["s0"]?.signals[.latencyP95] = Signal(0.02, .seconds)
    await loop.tick(at: .seconds(30))
    #expect(journal.outcomes.isEmpty)
    await loop.tick(at: .seconds(90))
    let change = journal.outcomes.first?.changes.first { $0.name == .latencyP95 }
    #expect(change?.before == 0.04 && change?.after == 0.02)
    await loop.tick(at: .seconds(105))
    #expect(journal.outcomes.count == 1)
  }

  @Test func `a refused action is neither counted against a cap nor followed`() async {
    let (world, journal) = (FakeWorld(application), MemoryJournal())
    world.answer = .infeasible("no node is large enough")
    let action = Action("s0", replicaCount: 6, because: Reason("load doubled"))
    var loop = loop([Decision(actions: [action]), Decision(actions: [action])], world, journal)
    await loop.tick(at: .seconds(15))
    world.answer = .done
    await loop.tick(at: .seconds(16))
    #expect(world.observation.services["s0"]?.desiredReplicaCount == 6)
    await loop.tick(at: .seconds(81))
    #expect(journal.outcomes.map(\.tick) == [1])
  }

  @Test func `a signal in the wrong unit never reaches the policy, and the journal says so`() async
  {
    let (world, journal) = (FakeWorld(application), MemoryJournal())
    world.observation.services["s0"]?.signals[.cpuUsage] = Signal(0.05, .ratio)
    world.observation.services["s1"]?.signals[.latencyP95] = Signal(.nan, .seconds)
    var loop = loop([], world, journal)
    let entry = await loop.tick(at: .seconds(15))
    #expect(
      entry.complaints == [
        "cpuUsage of s0 ignored: it is in ratio, not millicores",
        "latencyP95 of s1 ignored: its value is nan",
      ]
    )
    #expect(journal.entries == [entry])
  }

  private func loop(
    _ script: [Decision],
    _ world: FakeWorld,
    _ journal: MemoryJournal
  ) -> ControlLoop {
    ControlLoop(
      application,
      policy: ScriptedPolicy(script: script),
      guardrails: .standard,
      source: world,
      actuator: world,
      journal: journal
    )
  }
}
