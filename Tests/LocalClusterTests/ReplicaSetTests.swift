import Randomness
import Testing

@testable import LocalCluster

@Suite struct ReplicaSetTests {
  /// A set whose replicas have all been launched and are ready.
  private func set(ready count: Int) -> ReplicaSet {
    var set = ReplicaSet(desiredCount: count, drainTime: .seconds(10))
    for case .launch(let ordinal) in set.plan(at: .zero) {
      set.noteLaunch(of: ordinal, at: .zero)
      set.noteReadiness(of: ordinal, true, at: .seconds(1))
    }
    return set
  }

  @Test func `missing replicas are launched, each once`() {
    var set = ReplicaSet(desiredCount: 2, drainTime: .seconds(10))
    #expect(set.plan(at: .zero) == [.launch(0), .launch(1)])
    #expect(set.plan(at: .zero) == [])
    set.desiredCount = 3
    #expect(set.plan(at: .seconds(1)) == [.launch(2)])
  }

  @Test func `the youngest goes first: drained, asked to end, forgotten`() {
    var set = set(ready: 2)
    set.desiredCount = 1
    #expect(set.plan(at: .seconds(2)) == [.drain(1)])
    #expect(set.plan(at: .seconds(3)) == [])
    set.noteDrained(1, at: .seconds(4))
    #expect(set.plan(at: .seconds(4)) == [.terminate(1)])
    set.noteExit(of: 1, at: .seconds(5))
    #expect(set.plan(at: .seconds(5)) == [.forget(1)])
    #expect(set.replicas.map(\.ordinal) == [0])
  }

  @Test func `what does not finish in its drain time is ended, what does not end is killed`() {
    var set = set(ready: 1)
    set.desiredCount = 0
    #expect(set.plan(at: .seconds(2)) == [.drain(0)])
    #expect(set.plan(at: .seconds(11)) == [])
    #expect(set.plan(at: .seconds(12)) == [.terminate(0)])
    #expect(set.plan(at: .seconds(13)) == [])
    #expect(set.plan(at: .seconds(14)) == [.kill(0)])
    #expect(set.plan(at: .seconds(15)) == [])
  }

  @Test func `crashed and unready replicas are given up before those that serve`() {
    var set = set(ready: 3)
    set.noteExit(of: 0, at: .seconds(2))
    set.noteReadiness(of: 1, false, at: .seconds(2))
    set.desiredCount = 2
    #expect(set.plan(at: .seconds(2)) == [])
    #expect(set.plan(at: .seconds(2)) == [.forget(0)])
    set.desiredCount = 1
    #expect(set.plan(at: .seconds(2)) == [.drain(1)])
  }

  @Test func `a crashed replica is started again after a delay that doubles`() {
    var set = ReplicaSet(desiredCount: 1, drainTime: .zero)
    var now = Duration.zero
    var delays: [Duration] = []
    for _ in 0..<8 {
      #expect(set.plan(at: now) == [.launch(0)])
      set.noteLaunch(of: 0, at: now)
      set.noteExit(of: 0, at: now)
      guard case .crashed(let restartAt)? = set.replicas.first?.phase else { return }
      #expect(set.plan(at: restartAt - .nanoseconds(1)) == [])
      delays.append(restartAt - now)
      now = restartAt
    }
    #expect(delays == [1, 2, 4, 8, 16, 30, 30, 30].map { .seconds($0) })
    #expect(set.replicas.first?.restartCount == 8)
  }

  @Test func `a replica that served well for a minute starts over`() {
    var set = set(ready: 1)
    set.noteExit(of: 0, at: .seconds(2))
    #expect(set.plan(at: .seconds(3)) == [.launch(0)])
    set.noteLaunch(of: 0, at: .seconds(3))
    set.noteReadiness(of: 0, true, at: .seconds(4))
    set.noteExit(of: 0, at: .seconds(64))
    #expect(set.replicas.first?.phase == .crashed(restartAt: .seconds(65)))
  }

  @Test(arguments: 0..<60)
  func `whatever happens, the wanted number is reached and nobody is launched twice`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var set = ReplicaSet(desiredCount: 2, drainTime: .seconds(3))
    var running: Set<Int> = []
    var gone: Set<Int> = []
    var now = Duration.zero
    func take(_ steps: [ReplicaSet.Step]) {
      for step in steps {
        switch step {
        case .launch(let ordinal):
          #expect(running.insert(ordinal).inserted, "seed \(seed): \(ordinal) is launched twice")
          #expect(!gone.contains(ordinal), "seed \(seed): \(ordinal) comes back")
          set.noteLaunch(of: ordinal, at: now)
        case .drain(let ordinal), .terminate(let ordinal):
          #expect(running.contains(ordinal), "seed \(seed): \(step) of nobody")
        case .kill(let ordinal):
          running.remove(ordinal)
          set.noteExit(of: ordinal, at: now)
        case .forget(let ordinal):
          #expect(!running.contains(ordinal), "seed \(seed): \(ordinal) is forgotten alive")
          gone.insert(ordinal)
        }
      }
    }
    for _ in 0..<300 {
      now += .milliseconds(Int.random(in: 0...900, using: &random))
      switch Int.random(in: 0..<10, using: &random) {
      case 0: set.desiredCount = Int.random(in: 0...6, using: &random)
      case 1...2:
        if let victim = running.sorted().randomElement(using: &random) {
          running.remove(victim)
          set.noteExit(of: victim, at: now)
        }
      case 3...6:
        if let one = running.sorted().randomElement(using: &random) {
          set.noteReadiness(of: one, Bool.random(using: &random), at: now)
        }
      default: break
      }
      take(set.plan(at: now))
      #expect(set.replicas.count(where: \.isWanted) == set.desiredCount, "seed \(seed)")
    }
    for _ in 0..<100 {
      now += .seconds(1)
      take(set.plan(at: now))
    }
    #expect(running.count == set.desiredCount, "seed \(seed)")
  }
}
