import Randomness
import Testing

@testable import Policies

/// What holds for any graph of services.
@Suite struct SplitPropertyTests {
  /// A graph in which every chain can be kept, with some slack.
  private func problem(
    members memberCount: Int,
    chains chainCount: Int,
    using generator: inout SplitMix64
  ) -> SplitProblem {
    let members = (0..<memberCount).map { _ in
      let capacity = Double.random(in: 20...500, using: &generator)
      return SplitProblem.Member(
        profile: LoadLatencyProfile(
          base: Double.random(in: 0...0.01, using: &generator),
          scale: Double.random(in: 1...5, using: &generator),
          capacity: capacity,
          testedRate: capacity * Double.random(in: 0.8...0.99, using: &generator)
        ),
        demand: Double.random(in: 10...2000, using: &generator),
        cost: Double.random(in: 0.25...4, using: &generator)
      )
    }
    let chains = (0..<chainCount).map { _ -> SplitProblem.Chain in
      var indices = Array(members.indices)
      indices.shuffle(using: &generator)
      let steps = indices.prefix(Int.random(in: 1...min(12, memberCount), using: &generator)).map {
        SplitProblem.Chain.Step($0, count: Double(Int.random(in: 1...3, using: &generator)))
      }
      let floor = steps.reduce(0) { $0 + $1.count * members[$1.member].floor }
      return SplitProblem.Chain(steps, bound: floor * Double.random(in: 1.2...8, using: &generator))
    }
    return SplitProblem(members: members, chains: chains)
  }

  @Test func `shares keep every budget and cost what the dual proves to be least`() throws {
    for seed in 1...200 as ClosedRange<UInt64> {
      var generator = SplitMix64(seed: seed)
      let size = Int.random(in: 1...40, using: &generator)
      let problem = problem(
        members: size,
        chains: Int.random(in: 1...20, using: &generator),
        using: &generator
      )
      let ascent = try #require(DualAscent(problem), "seed \(seed)")
      #expect(problem.isFeasible(ascent.shares), "seed \(seed)")
      let cost = problem.cost(of: ascent.shares)
      #expect(ascent.lowerBound <= cost * (1 + 1e-9), "seed \(seed)")
      #expect(cost <= ascent.lowerBound * 1.001, "seed \(seed): \(cost), \(ascent.lowerBound)")
    }
  }

  @Test func `no point of a fine grid costs less`() throws {
    for seed in 1...10 as ClosedRange<UInt64> {
      var generator = SplitMix64(seed: seed)
      let problem = problem(members: 3, chains: 2, using: &generator)
      let best = problem.cost(of: try #require(DualAscent(problem)).shares)
      let stepCount = 30
      func value(_ member: Int, _ step: Int) -> Double {
        let member = problem.members[member]
        return member.floor + (member.ceiling - member.floor) * Double(step) / Double(stepCount)
      }
      for first in 0...stepCount {
        for second in 0...stepCount {
          for third in 0...stepCount {
            let shares = [value(0, first), value(1, second), value(2, third)]
            guard problem.isFeasible(shares) else { continue }
            #expect(problem.cost(of: shares) >= best * (1 - 1e-6), "seed \(seed) at \(shares)")
          }
        }
      }
    }
  }

  @Test func `an update reaches the solution from scratch with a fraction of the steps`() throws {
    var generator = SplitMix64(seed: 7)
    let problem = problem(members: 2000, chains: 400, using: &generator)
    var ascent = try #require(DualAscent(problem))
    let scratchSteps = ascent.stepCount
    var updateSteps: [Int] = []
    for _ in 0..<20 {
      let index = Int.random(in: 0..<2000, using: &generator)
      var member = ascent.problem.members[index]
      member.demand *= Double.random(in: 0.5...2, using: &generator)
      let before = ascent.stepCount
      let isUpdated = ascent.update(index, to: member)
      #expect(isUpdated)
      updateSteps.append(ascent.stepCount - before)
      let fresh = try #require(DualAscent(ascent.problem))
      let cost = ascent.problem.cost(of: ascent.shares)
      #expect(ascent.problem.isFeasible(ascent.shares))
      #expect(abs(cost - ascent.problem.cost(of: fresh.shares)) < 1e-4 * cost)
    }
    updateSteps.sort()
    #expect(
      updateSteps[10] * 10 <= scratchSteps,
      "\(updateSteps) steps, \(scratchSteps) from scratch"
    )
  }

  @Test func `an update that cannot be kept changes nothing`() throws {
    var generator = SplitMix64(seed: 3)
    let problem = problem(members: 10, chains: 4, using: &generator)
    var ascent = try #require(DualAscent(problem))
    let shares = ascent.shares
    let used = problem.chains[0].steps[0].member
    var slow = problem.members[used]
    slow.profile = LoadLatencyProfile(
      base: 100,
      scale: slow.profile.scale,
      capacity: slow.profile.capacity
    )
    let isUpdated = ascent.update(used, to: slow)
    #expect(!isUpdated)
    #expect(ascent.shares == shares && ascent.problem == problem)
  }

  @Test func `whole replicas keep every budget`() throws {
    for seed in 1...100 as ClosedRange<UInt64> {
      var generator = SplitMix64(seed: seed)
      let problem = problem(members: 15, chains: 6, using: &generator)
      let ascent = try #require(DualAscent(problem))
      let replicas = WholeReplicas(problem, shares: ascent.shares)
      let latencies = zip(problem.members, replicas.counts).map {
        $0.profile.latency(at: $0.demand / Double($1))
      }
      #expect(problem.isFeasible(latencies), "seed \(seed)")
      #expect(replicas.cost(in: problem) >= ascent.lowerBound * (1 - 1e-9), "seed \(seed)")
    }
  }
}
