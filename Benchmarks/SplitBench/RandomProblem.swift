import Policies
import Randomness

extension SplitProblem {
  /// Services of a hundredfold range of speed and load, on chains of up to twelve, each with slack.
  static func random(members memberCount: Int, chains chainCount: Int, seed: UInt64) -> SplitProblem
  {
    var generator = SplitMix64(seed: seed)
    let members = (0..<memberCount).map { _ in
      let capacity = Double.random(in: 20...500, using: &generator)
      return Member(
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
    let chains = (0..<chainCount).map { _ in
      Chain.random(over: members, using: &generator)
    }
    return SplitProblem(members: members, chains: chains)
  }
}

extension SplitProblem.Chain {
  fileprivate static func random(
    over members: [SplitProblem.Member],
    using generator: inout some RandomNumberGenerator
  ) -> SplitProblem.Chain {
    var chosen: Set<Int> = []
    let length = Int.random(in: 1...12, using: &generator)
    while chosen.count < length {
      chosen.insert(Int.random(in: members.indices, using: &generator))
    }
    let steps = chosen.sorted().map {
      Step($0, count: Double(Int.random(in: 1...3, using: &generator)))
    }
    let floor = steps.reduce(0) { $0 + $1.count * members[$1.member].floor }
    return SplitProblem.Chain(steps, bound: floor * Double.random(in: 1.2...8, using: &generator))
  }
}
