import Randomness
import Tensors
import Testing

@testable import Transformer

@Suite struct ExpertSplitTests {
  /// A routing that sends `counts[e]` tokens to expert `e`, one expert each.
  private func routing(counts: [Int]) -> ExpertRouting {
    var routing = ExpertRouting(topK: 1)
    for (expert, count) in counts.enumerated() {
      routing.experts += Array(repeating: Int32(expert), count: count)
      routing.weights += Array(repeating: 1, count: count)
    }
    return routing
  }

  private func split(
    _ routing: ExpertRouting,
    expertCount: Int,
    way: Int,
    _ brownout: Brownout
  ) -> ExpertSplit {
    var split = ExpertSplit()
    split.decide(
      routing,
      expertCount: expertCount,
      groups: UnitedExperts.neighbours(expertCount: expertCount, way: way),
      brownout
    )
    return split
  }

  @Test func `the paper's example, by four and by three`() {
    let routing = routing(counts: [2, 4, 1, 5, 2, 1, 2, 3])
    let byFour = split(routing, expertCount: 8, way: 4, Brownout(threshold: 0.6))
    let united = { (group: Int) in ExpertSplit.Fate.united(group: group) }
    #expect(
      byFour.fates
        == [united(0), .kept, united(0), .kept, united(1), united(1), united(1), .kept]
    )
    var schedule = ExpertSchedule()
    schedule.sort(routing, by: byFour)
    #expect(schedule.groups.map(\.expert) == [3, 9, 1, 7, 8])
    let byThree = split(routing, expertCount: 8, way: 3, Brownout(threshold: 0.6))
    // Expert 6 is alone in the last group and serves its own.
    #expect(
      byThree.fates
        == [united(0), .kept, united(0), .kept, united(1), united(1), .kept, .kept]
    )
  }

  @Test func `without a united expert at hand the members serve their own`() {
    var split = ExpertSplit()
    split.decide(
      routing(counts: [1, 1, 1, 1]),
      expertCount: 4,
      groups: [0, 0, 1, 1],
      hasUnited: { $0 == 1 },
      Brownout(threshold: 0)
    )
    #expect(split.fates == [.kept, .kept, .united(group: 1), .united(group: 1)])
  }

  @Test func `layers at both ends are exempt`() {
    let brownout = Brownout(threshold: 0.5)
    #expect((0..<5).map { brownout.reaches(layer: $0, of: 5) } == [false, true, true, true, false])
    #expect(!Brownout(threshold: 0.5).reaches(layer: 0, of: 1))
    #expect(Brownout(threshold: 0.5, exemptEdgeCount: 0).reaches(layer: 0, of: 1))
    #expect(!Brownout(threshold: 1).reaches(layer: 1, of: 3))
    #expect(!Brownout(mode: .zero, threshold: 0).reaches(layer: 1, of: 3))
  }

  /// A random step of one layer.
  private struct Case {
    var expertCount: Int
    var routing: ExpertRouting
    var way: Int
    var threshold: Double
    var counts: [Int]

    init(_ generator: inout SplitMix64) {
      expertCount = Int.random(in: 1...20, using: &generator)
      way = Int.random(in: 2...8, using: &generator)
      threshold =
        [0, 1, Double.random(in: 0...1, using: &generator), 0.5]
        .randomElement(using: &generator) ?? 0
      routing = ExpertRouting(topK: Int.random(in: 1...expertCount, using: &generator))
      for _ in 0..<Int.random(in: 0...15, using: &generator) {
        let chosen = (0..<Int32(expertCount)).shuffled(using: &generator).prefix(routing.topK)
        routing.experts += chosen.sorted()
        routing.weights += chosen.map { _ in Float.random(in: 0...1, using: &generator) }
      }
      counts = Array(repeating: 0, count: expertCount)
      for expert in routing.experts { counts[Int(expert)] += 1 }
    }
  }

  @Test(arguments: 0..<300 as Range<UInt64>)
  func `the hottest stay up to the threshold's share and no further`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let step = Case(&generator)
    let brownout = Brownout(mode: .full, threshold: step.threshold)
    let split = split(step.routing, expertCount: step.expertCount, way: step.way, brownout)
    let kept = (0..<step.expertCount).filter { split.fates[$0] == .kept && step.counts[$0] > 0 }
    let served = kept.map { step.counts[$0] }.reduce(0, +)
    let target = step.threshold * Double(step.routing.experts.count)
    #expect(Double(served) >= target - 1e-6)
    let coldest = kept.map { step.counts[$0] }.min() ?? 0
    if !kept.isEmpty { #expect(Double(served - coldest) < target) }
    for expert in 0..<step.expertCount where split.fates[expert] == .dropped {
      #expect(step.counts[expert] <= coldest || kept.isEmpty)
    }
  }

  @Test(arguments: 0..<300 as Range<UInt64>)
  func `every pair keeps its weight and place, and nothing is computed twice`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let step = Case(&generator)
    let split = split(
      step.routing,
      expertCount: step.expertCount,
      way: step.way,
      Brownout(threshold: step.threshold)
    )
    var schedule = ExpertSchedule()
    schedule.sort(step.routing, by: split)
    let topK = step.routing.topK
    #expect(schedule.combination.weights == step.routing.weights)
    #expect(
      schedule.combination.offsets
        == (0...step.routing.tokenCount).map { Int32($0 * topK) }
    )
    for (pair, row) in schedule.combination.indices.enumerated() {
      let group = schedule.groups.first { $0.pairs.contains(Int(row)) }
      #expect(group?.expert == split.slot(of: step.routing.experts[pair]))
      #expect(schedule.tokens[Int(row)] == Int32(pair / topK))
    }
    for group in schedule.groups {
      let tokens = schedule.tokens[group.pairs]
      #expect(Set(tokens).count == tokens.count, "a token is computed twice in \(group.expert)")
      if group.expert >= step.expertCount {
        let members = (0..<step.expertCount).filter {
          split.slot(of: Int32($0)) == group.expert
        }
        #expect(members.count > 1, "a lone member gave way")
      }
    }
    #expect(Set(schedule.combination.indices).count == schedule.tokens.count)
  }

  @Test(arguments: 0..<100 as Range<UInt64>)
  func `at threshold one the schedule is that of the model as it is`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let step = Case(&generator)
    for mode in Brownout.Mode.allCases {
      let brownout = Brownout(mode: mode, threshold: mode == .zero ? 0 : 1)
      let split = split(step.routing, expertCount: step.expertCount, way: step.way, brownout)
      var (schedule, plain) = (ExpertSchedule(), ExpertSchedule())
      schedule.sort(step.routing, by: split)
      plain.sort(step.routing, expertCount: step.expertCount)
      #expect(schedule.groups.map(\.expert) == plain.groups.map(\.expert))
      #expect(schedule.groups.map(\.pairs) == plain.groups.map(\.pairs))
      #expect(schedule.tokens == plain.tokens)
      #expect(schedule.combination.indices == plain.combination.indices)
      #expect(schedule.combination.weights == plain.combination.weights)
    }
  }

  @Test(arguments: 0..<100 as Range<UInt64>)
  func `the experts of full-quality rows stay for everybody`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let step = Case(&generator)
    guard step.routing.tokenCount > 0 else { return }
    let row = Int.random(in: 0..<step.routing.tokenCount, using: &generator)
    for mode in [Brownout.Mode.partial, .full] {
      let split = split(
        step.routing,
        expertCount: step.expertCount,
        way: step.way,
        Brownout(mode: mode, threshold: step.threshold, fullQualityRows: [row..<(row + 1)])
      )
      let pairs = (row * step.routing.topK)..<((row + 1) * step.routing.topK)
      for expert in step.routing.experts[pairs] {
        #expect(split.fates[Int(expert)] == .kept)
      }
    }
  }
}
