import Foundation
import Testing

@testable import Policies

/// Random graphs with shared services, against an independent solver (`tools/goldens/slo_split.py`).
@Suite struct SplitGoldenTests {
  private struct Goldens: Decodable {
    var problems: [Golden]
  }

  private struct Golden: Decodable {
    struct Member: Decodable {
      var base, scale, capacity, tested, demand, cost: Double
    }
    struct Chain: Decodable {
      /// Member and calls.
      var steps: [[Int]]
      var bound: Double
    }
    var members: [Member]
    var chains: [Chain]
    var optimum: Double

    var problem: SplitProblem {
      SplitProblem(
        members: members.map {
          let profile = LoadLatencyProfile(
            base: $0.base,
            scale: $0.scale,
            capacity: $0.capacity,
            testedRate: $0.tested * $0.capacity
          )
          return SplitProblem.Member(profile: profile, demand: $0.demand, cost: $0.cost)
        },
        chains: chains.map { chain in
          .init(chain.steps.map { .init($0[0], count: Double($0[1])) }, bound: chain.bound)
        }
      )
    }
  }

  @Test func `the cost of 200 graphs is that of an independent solver within 0_1 per cent`() throws
  {
    let url = try #require(Bundle.module.url(forResource: "splits", withExtension: "json"))
    let goldens = try JSONDecoder().decode(Goldens.self, from: Data(contentsOf: url))
    #expect(goldens.problems.count == 200)
    for (index, golden) in goldens.problems.enumerated() {
      let problem = golden.problem
      let ascent = try #require(DualAscent(problem), "graph \(index)")
      let cost = problem.cost(of: ascent.shares)
      #expect(problem.isFeasible(ascent.shares), "graph \(index)")
      #expect(abs(cost - golden.optimum) <= 1e-3 * golden.optimum, "graph \(index): \(cost)")
    }
  }
}
