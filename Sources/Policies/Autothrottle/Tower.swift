import Glibc
import Randomness

/// The global controller: learns which throttle targets cost least at which load, one for each of two groups of services.
///
/// After Autothrottle's Tower (NSDI 2024, section 3.3), a contextual bandit: a minute that kept the promise costs its allocation, scaled to
/// 0...1; one that broke it costs its latency, scaled to 2...3; exploration goes to the neighbours of the best choice.
struct Tower: Sendable {
  /// The targets of both groups, as places on ``ladder``.
  struct Choice: Hashable, Sendable {
    var heavy: Int
    var light: Int
  }

  /// A minute: the load, what was chosen, and what came of it.
  struct Sample: Sendable {
    /// Requests per second.
    var load: Double
    var choice: Choice
    /// Latency over bound.
    var strain: Double
    /// Cores.
    var allocation: Double
  }

  /// Shares of throttled periods.
  static let ladder = [0, 0.02, 0.04, 0.06, 0.10, 0.15, 0.20, 0.25, 0.30]

  private let exploration: Double
  private var generator: SplitMix64
  private var samples: [Sample] = []
  private(set) var choice = Choice(heavy: 2, light: 2)

  /// Minutes that are remembered.
  private static let sampleLimit = 1440
  /// How far a minute's lesson reaches: in the logarithm of the load, and in steps of the ladder.
  private static let loadReach = 0.3
  private static let ladderReach = 1.0
  /// What a choice that nothing is known of costs, and how many minutes that belief is worth.
  private static let prior = (cost: 0.6, weight: 0.05)

  init(exploration: Double, seed: UInt64) {
    self.exploration = exploration
    generator = SplitMix64(seed: seed)
  }

  /// Learns from a minute under the latest choice.
  mutating func learn(load: Double, strain: Double, allocation: Double) {
    samples.append(Sample(load: load, choice: choice, strain: strain, allocation: allocation))
    if samples.count > Self.sampleLimit { samples.removeFirst() }
  }

  /// Chooses for the load that is there: the cheapest as far as is known, or one of its neighbours.
  mutating func choose(for load: Double) {
    let best = cheapest(at: load)
    choice = best
    guard Double.random(in: 0..<1, using: &generator) < exploration else { return }
    choice = neighbours(of: best).randomElement(using: &generator) ?? best
  }

  /// Ties go to the stricter target.
  func cheapest(at load: Double) -> Choice {
    let costs = self.costs
    var best = (choice: choice, cost: Double.infinity)
    for heavy in Self.ladder.indices {
      for light in Self.ladder.indices {
        let choice = Choice(heavy: heavy, light: light)
        let cost = estimate(choice, at: load, costs)
        if cost < best.cost - 1e-12 { best = (choice, cost) }
      }
    }
    return best.choice
  }

  /// Each sample's cost: allocations of kept minutes on 0...1, strains of broken ones on 2...3.
  private var costs: [Double] {
    let kept = samples.filter { $0.strain <= 1 }.map(\.allocation)
    let broken = samples.filter { $0.strain > 1 }.map(\.strain)
    return samples.map { sample in
      sample.strain <= 1
        ? sample.allocation.place(among: kept) : 2 + sample.strain.place(among: broken)
    }
  }

  private func estimate(_ choice: Choice, at load: Double, _ costs: [Double]) -> Double {
    var sum = Self.prior.cost * Self.prior.weight
    var weight = Self.prior.weight
    for (sample, cost) in zip(samples, costs) {
      let distance = log(max(sample.load, 1e-3) / max(load, 1e-3)) / Self.loadReach
      let heavy = Double(sample.choice.heavy - choice.heavy) / Self.ladderReach
      let light = Double(sample.choice.light - choice.light) / Self.ladderReach
      let closeness = exp(-(distance * distance + heavy * heavy + light * light) / 2)
      sum += cost * closeness
      weight += closeness
    }
    return sum / weight
  }

  private func neighbours(of choice: Choice) -> [Choice] {
    [(-1, 0), (1, 0), (0, -1), (0, 1)].compactMap { heavy, light in
      let moved = Choice(heavy: choice.heavy + heavy, light: choice.light + light)
      let isThere =
        Self.ladder.indices.contains(moved.heavy) && Self.ladder.indices.contains(moved.light)
      return isThere ? moved : nil
    }
  }
}

extension Double {
  /// Where the value lies between the least (0) and the most (1) of these; one half where they are all alike.
  fileprivate func place(among values: [Double]) -> Double {
    guard let least = values.min(), let most = values.max(), most > least else { return 0.5 }
    return (self - least) / (most - least)
  }
}
