import Foundation
import Testing

@testable import Policies

/// The vectors of our reconstruction of LSRAM, checked there against independent solvers.
@Suite struct SplitVectorTests {
  private let scale = log(20.0)

  private func members(
    capacities: [Double],
    demands: [Double],
    costs: [Double]
  ) -> [SplitProblem.Member] {
    zip(capacities, zip(demands, costs)).map { capacity, rest in
      SplitProblem.Member(
        profile: LoadLatencyProfile(scale: scale, capacity: capacity, testedRate: 0.999 * capacity),
        demand: rest.0,
        cost: rest.1
      )
    }
  }

  /// Four services in a row at 500 requests/s, half a second.
  private var chain: SplitProblem {
    SplitProblem(
      members: members(
        capacities: [100, 250, 60, 400],
        demands: [500, 1000, 500, 1500],
        costs: [1, 1, 2, 0.5]
      ),
      chains: [.init((0..<4).map { .init($0) }, bound: 0.5)]
    )
  }

  /// Gateway, A, shared, B, db: gateway–A–shared–db and gateway–shared–B–db.
  private var graph: SplitProblem {
    SplitProblem(
      members: members(
        capacities: [200, 80, 150, 120, 300],
        demands: [900, 600, 900, 300, 900],
        costs: [1, 1, 1.5, 1, 2]
      ),
      chains: [
        .init([0, 1, 2, 4].map { .init($0) }, bound: 0.35),
        .init([0, 2, 3, 4].map { .init($0) }, bound: 0.25),
      ]
    )
  }

  private func isClose(_ numbers: [Double], _ expected: [Double], within tolerance: Double) -> Bool
  {
    numbers.count == expected.count
      && zip(numbers, expected).allSatisfy { abs($0 - $1) <= tolerance * abs($1) }
  }

  private let chainShares = [0.124696, 0.065575, 0.273231, 0.036497]

  @Test func `the closed form of a chain`() throws {
    let shares = try #require(chain.closedForm)
    #expect(isClose(shares, chainShares, within: 1e-5))
    #expect(abs(chain.cost(of: shares) - 34.22773) < 1e-5)
    // One more millisecond saves the same everywhere; the vector counts in milliseconds.
    let savings = zip(chain.members, shares).map { $0.saving(at: $1) }
    #expect(isClose(savings, Array(repeating: savings[0], count: 4), within: 1e-9))
  }

  @Test func `descent reaches the closed form`() throws {
    let early = try #require(ChainDescent(chain, maximumStepCount: 100, tolerance: 0))
    #expect(abs(early.cost - 34.22778) < 2e-5)
    let late = try #require(ChainDescent(chain, maximumStepCount: 200, tolerance: 0))
    #expect(abs(late.cost - 34.22773) < 1e-5)
    #expect(isClose(late.shares, chainShares, within: 1e-3))
  }

  @Test func `ascent reaches the closed form`() throws {
    let ascent = try #require(DualAscent(chain))
    #expect(abs(chain.cost(of: ascent.shares) - 34.22773) < 1e-5)
    #expect(isClose(ascent.shares, chainShares, within: 1e-4))
    #expect(chain.isFeasible(ascent.shares))
    #expect(abs(ascent.lowerBound - 34.22773) < 1e-5)
  }

  @Test func `greedy units, proportional and equal shares cost more`() throws {
    for (unit, cost) in [(0.01, 34.380), (0.001, 34.239), (0.0001, 34.229)] {
      let shares = try #require(chain.greedySplit(unit: unit))
      #expect(abs(chain.cost(of: shares) - cost) < 1e-3, "units of \(unit) s")
    }
    #expect(abs(chain.cost(of: try #require(chain.proportionalSplit)) - 34.372) < 1e-3)
    #expect(abs(chain.cost(of: try #require(chain.equalSplit)) - 40.746) < 1e-3)
  }

  @Test func `a graph with shared services`() throws {
    let ascent = try #require(DualAscent(graph))
    let shares = ascent.shares
    #expect(isClose(shares, [0.052809, 0.169789, 0.081749, 0.069789, 0.045653], within: 1e-4))
    #expect(abs(graph.cost(of: shares) - 39.38560) < 1e-5)
    #expect(graph.isFeasible(shares))
    // The vector's prices are per second.
    #expect(isClose(ascent.prices, [16.035, 31.062], within: 0.01))
  }

  @Test func `whole replicas round up, then give back what the budgets spare`() throws {
    let replicas = WholeReplicas(graph, shares: try #require(DualAscent(graph)).shares)
    #expect(replicas.roundedCounts == [7, 10, 8, 4, 4])
    // Six gateways take 59.9 ms: 329 of 350 and 246 of 250 ms.
    #expect(replicas.counts == [6, 10, 8, 4, 4])
    #expect(replicas.cost(in: graph) == 40)
    let row = WholeReplicas(chain, shares: try #require(chain.closedForm))
    #expect(
      zip(row.roundedCounts, chain.members).reduce(0) { $0 + Double($1.0) * $1.1.cost } == 36.5
    )
  }

  @Test func `a budget that cannot be kept names the services that bind`() {
    var problem = graph
    problem.chains[1].bound = 0.06
    #expect(DualAscent(problem) == nil)
    let shortfall = problem.shortfalls
    #expect(shortfall.map(\.chain) == [1])
    // Idle: B 25.0, shared 20.0, gateway 15.0, db 10.0 ms.
    #expect(shortfall.first?.members == [3, 2, 0, 4])
  }

  @Test func `the budget grows while there is air and shrinks at once without`() {
    var feedback = BudgetFeedback()
    feedback.observe(0.9)
    #expect(feedback.factor == 1)
    // The more air, the faster: 1.05 a window at 0.75 of the bound, 1.175 at half of it.
    for _ in 0..<10 { feedback.observe(0.75) }
    #expect(abs(feedback.factor - 1.62889) < 1e-5)
    feedback.observe(0.5)
    #expect(abs(feedback.factor - 1.62889 * 1.175) < 1e-5)
    feedback.observe(0.98)
    #expect(abs(feedback.factor - 1.62889 * 1.175 * 0.9) < 1e-5)
    for _ in 0..<100 { feedback.observe(0.5) }
    #expect(feedback.factor == 4)
    for _ in 0..<100 { feedback.observe(2) }
    #expect(feedback.factor == 1)
  }

  @Test(arguments: [(1, 1), (4, 1.5), (9, 1.8), (16, 2)])
  func `the budget begins larger, the more partial tails do not add up`(
    stageCount: Double,
    factor: Double
  ) {
    #expect(abs(BudgetFeedback(stageCount: stageCount).factor - factor) < 1e-12)
  }
}
