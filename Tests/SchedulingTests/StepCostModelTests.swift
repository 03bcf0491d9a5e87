import Randomness
import Testing

@testable import Scheduling

@Suite struct StepCostModelTests {
  private func load(rows: Int, at position: Int) -> StepLoad {
    var load = StepLoad()
    load.add(rowCount: rows, at: position)
    return load
  }

  /// 5 ms + 0.2 ms a row + 1 ms per 10,000 attended positions.
  private func truth(_ load: StepLoad) -> Duration {
    .microseconds(5_000 + 200 * load.rowCount + load.attendedCount / 10)
  }

  private func trained(seed: UInt64, noise: ClosedRange<Double>) -> StepCostModel {
    var random = SplitMix64(seed: seed)
    var model = StepCostModel()
    for _ in 0..<300 {
      let load = load(
        rows: Int.random(in: 1...256, using: &random),
        at: Int.random(in: 0...2000, using: &random)
      )
      model.observe(load, took: truth(load) * Double.random(in: noise, using: &random))
    }
    return model
  }

  @Test func `rows attend to everything before them and to themselves`() {
    #expect(load(rows: 3, at: 10).attendedCount == 11 + 12 + 13)
  }

  @Test func `it learns a machine's pace from its steps`() {
    let model = trained(seed: 1, noise: 0.95...1.05)
    for (rows, position) in [(1, 0), (16, 500), (256, 0), (200, 2000)] {
      let load = load(rows: rows, at: position)
      let ratio = model.duration(of: load) / truth(load)
      #expect((0.9...1.1).contains(ratio), "\(rows) rows at \(position): \(ratio)")
    }
  }

  @Test(arguments: 0..<20)
  func `a larger step never looks cheaper, whatever was measured`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var model = StepCostModel()
    for _ in 0..<200 {
      let observed = load(
        rows: Int.random(in: 1...64, using: &random),
        at: Int.random(in: 0...64, using: &random)
      )
      model.observe(observed, took: .microseconds(Int.random(in: 0...100_000, using: &random)))
      let position = Int.random(in: 0...100, using: &random)
      let durations = (1...20).map { model.duration(of: load(rows: $0 * 10, at: position)) }
      #expect(durations == durations.sorted(), "seed \(seed)")
    }
  }

  @Test func `where a part would be negative, the others are fitted without it`() {
    var random = SplitMix64(seed: 4)
    var model = StepCostModel()
    func truth(_ load: StepLoad) -> Duration { .microseconds(load.rowCount * load.rowCount * 100) }
    for _ in 0..<3000 {
      let load = load(
        rows: Int.random(in: 10...20, using: &random),
        at: Int.random(in: 0...1000, using: &random)
      )
      model.observe(load, took: truth(load))
    }
    let load = load(rows: 15, at: 500)
    #expect((0.7...1.3).contains(model.duration(of: load) / truth(load)))
  }

  @Test func `long monotonous decoding does not spoil what it knows of prefill`() {
    var model = trained(seed: 2, noise: 1...1)
    for position in 0..<20_000 {
      let load = load(rows: 1, at: 100 + position % 500)
      model.observe(load, took: truth(load))
    }
    let prefill = load(rows: 256, at: 0)
    #expect((0.8...1.2).contains(model.duration(of: prefill) / truth(prefill)))
  }

  @Test func `one step that hangs does not throw it off for long`() {
    var model = trained(seed: 3, noise: 1...1)
    model.observe(load(rows: 10, at: 100), took: .seconds(3600))
    for rows in 1...100 {
      let load = load(rows: rows, at: rows * 7)
      model.observe(load, took: truth(load))
    }
    let load = load(rows: 64, at: 500)
    #expect((0.8...1.2).contains(model.duration(of: load) / truth(load)))
  }

  @Test func `the chunk it allows is the largest that keeps the limit`() {
    let model = trained(seed: 4, noise: 1...1)
    let decoding = load(rows: 8, at: 300)
    let limit = Duration.milliseconds(30)
    let rows = model.rowCount(upTo: 1000, at: 50, addedTo: decoding, within: limit)
    var (fitting, larger) = (decoding, decoding)
    fitting.add(rowCount: rows, at: 50)
    larger.add(rowCount: rows + 1, at: 50)
    #expect(model.duration(of: fitting) <= limit)
    #expect(model.duration(of: larger) > limit)
  }

  @Test func `a hundred thousand steps of a machine without noise leave the fit as it was`() {
    var random = SplitMix64(seed: 5)
    var model = StepCostModel()
    for step in 0..<100_000 {
      // Long runs of one kind of step, then of another.
      let isPrefill = step / 500 % 2 == 0
      let load = load(
        rows: isPrefill ? Int.random(in: 400...512, using: &random) : 8,
        at: isPrefill ? 0 : Int.random(in: 0...400, using: &random)
      )
      model.observe(load, took: truth(load))
    }
    for (rows, position) in [(1, 0), (16, 500), (256, 0), (500, 100)] {
      let load = load(rows: rows, at: position)
      let ratio = model.duration(of: load) / truth(load)
      #expect((0.95...1.05).contains(ratio), "\(rows) rows at \(position): \(ratio)")
    }
  }
}
