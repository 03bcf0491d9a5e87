import Randomness
import Tensors
import Testing

@testable import Transformer

@Suite struct ExpertRoutingTests {
  private func matrix(_ rows: [[Float]]) -> Matrix {
    let matrix = Matrix(rowCapacity: rows.count, columnCount: rows[0].count)
    for (index, row) in rows.enumerated() { _ = matrix[row: index].update(fromContentsOf: row) }
    return matrix
  }

  private func route(_ rows: [[Float]], topK: Int, normalizing: Bool = false) -> ExpertRouting {
    var routing = ExpertRouting(topK: topK)
    routing.route(matrix(rows), normalizing: normalizing)
    return routing
  }

  @Test func `the most probable experts are chosen, in ascending order`() {
    let routing = route([[0, 3, 1, 2], [5, -1, 0, 4]], topK: 2)
    #expect(routing.experts == [1, 3, 0, 3])
    #expect(routing.tokenCount == 2)
  }

  @Test func `among equals the lower index wins`() {
    #expect(route([[1, 1, 1, 1]], topK: 2).experts == [0, 1])
    #expect(route([[0, 2, 2, 2]], topK: 2).experts == [1, 2])
  }

  @Test func `weights are probabilities over all experts unless they are normalised`() {
    let logits: [Float] = [0, 0, 0, 0]
    #expect(route([logits], topK: 2).weights == [0.25, 0.25])
    #expect(route([logits], topK: 2, normalizing: true).weights == [0.5, 0.5])
    #expect(route([logits], topK: 4).weights.reduce(0, +) == 1)
  }

  @Test func `scores that are not numbers still choose distinct experts`() {
    for score in [Float.nan, .infinity, -.infinity] {
      let routing = route([[score, score, 0, score]], topK: 3)
      #expect(Set(routing.experts).count == 3)
      #expect(routing.experts.allSatisfy { (0..<4).contains($0) })
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `a schedule holds every pair once, grouped by expert`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let expertCount = Int.random(in: 1...9, using: &generator)
    let topK = Int.random(in: 1...expertCount, using: &generator)
    let rows = (0..<Int.random(in: 1...12, using: &generator)).map { _ in
      (0..<expertCount).map { _ in Float.random(in: -1...1, using: &generator) }
    }
    let routing = route(rows, topK: topK)
    var schedule = ExpertSchedule()
    // What an earlier step left behind must not show.
    schedule.sort(route([[0, 1, 2]], topK: 2), expertCount: 3)
    schedule.sort(routing, expertCount: expertCount)

    let ordered = schedule.groups.sorted { $0.expert < $1.expert }
    #expect(ordered.flatMap(\.pairs) == Array(0..<(rows.count * topK)))
    #expect(ordered.map(\.expert) == Array(Set(routing.experts).sorted().map(Int.init)))
    let counts = schedule.groups.map(\.pairs.count)
    #expect(counts == counts.sorted(by: >), "the longest work is begun first")
    let combination = schedule.combination
    #expect(combination.weights == routing.weights)
    #expect(combination.offsets == (0...rows.count).map { Int32($0 * topK) })
    for (entry, pair) in combination.indices.enumerated() {
      #expect(schedule.tokens[Int(pair)] == Int32(entry / topK))
      let group = schedule.groups.first { $0.pairs.contains(Int(pair)) }
      #expect(group?.expert == Int(routing.experts[entry]))
    }
  }
}
