import TestSupport
import Testing

@testable import Scheduling

/// Random arrivals, lengths, sharing, deadlines and cancellations on pools that are far too small.
@Suite struct SchedulerPropertyTests {
  private struct Trial {
    var random: SplitMix64
    var house: House
    var accepted: Set<SequenceID> = []
    var nextID: UInt64 = 0
    let blockCapacity: Int

    init(seed: UInt64) {
      random = SplitMix64(seed: seed)
      let seats = Int.random(in: 1...6, using: &random)
      let minimumChunk = Int.random(in: 1...4, using: &random)
      let configuration = Scheduler.Configuration(
        blockCount: Int.random(in: 4...24, using: &random),
        blockLength: Int.random(in: 1...5, using: &random),
        maximumRunningCount: seats,
        maximumRowCount: seats + minimumChunk + Int.random(in: 0...20, using: &random),
        minimumChunk: minimumChunk
      )
      house = House(configuration)
      blockCapacity = configuration.blockCount * configuration.blockLength
    }

    mutating func arrive(deadlines: Bool) {
      let request = Request(
        id: RequestID(rawValue: nextID),
        prompt: randomPrompt(),
        choiceCount: Int.random(in: 1...3, using: &random),
        maximumNewTokenCount: Int.random(in: 1...15, using: &random),
        timePerOutputTokenTarget: Bool.random(using: &random)
          ? .milliseconds(Int.random(in: 1...40, using: &random)) : nil,
        deadline: deadlines && Int.random(in: 0..<4, using: &random) == 0
          ? house.now + .milliseconds(Int.random(in: 0...200, using: &random)) : nil,
        cacheSalt: UInt64.random(in: 0...1, using: &random)
      )
      nextID += 1
      if house.add(request) == nil {
        accepted.formUnion(
          (0..<request.choiceCount).map { SequenceID(request: request.id, choice: $0) }
        )
      }
    }

    /// Often the beginning of one story, so that long prefixes are shared while they are being computed.
    private mutating func randomPrompt() -> [Int32] {
      let story = (0..<20).map { Int32($0 * $0 % 3) }
      let tail = (0..<Int.random(in: 1...8, using: &random)).map { _ in
        Int32.random(in: 0...1, using: &random)
      }
      return story.prefix(Int.random(in: 0...12, using: &random)) + tail
    }

    mutating func drain(within limit: Int) -> Bool {
      for _ in 0..<limit where !house.scheduler.isIdle { house.step() }
      return house.scheduler.isIdle
    }
  }

  @Test(arguments: 0..<150)
  func `nothing accepted is lost, and every answer is that of a machine of its own`(seed: UInt64) {
    var trial = Trial(seed: seed)
    for _ in 0..<60 {
      if Int.random(in: 0..<3, using: &trial.random) == 0 { trial.arrive(deadlines: true) }
      let victim = Set(trial.house.live.keys.map(\.request)).min()
      let cancels = Int.random(in: 0..<20, using: &trial.random) == 0
      trial.house.step(cancelling: cancels ? victim : nil)
    }
    let isDrained = trial.drain(within: 10_000)
    #expect(isDrained, "seed \(seed) does not come to an end")
    #expect(trial.house.model.faults == [], "seed \(seed)")
    #expect(trial.house.scheduler.pool.freeCount == trial.house.scheduler.pool.blockCount)
    let finished = Set(trial.house.answers.keys)
    let dropped = trial.accepted.filter { trial.house.gone.contains($0.request) }
    #expect(finished.union(dropped) == trial.accepted, "seed \(seed)")
    for (id, answer) in trial.house.answers {
      let prompt = trial.house.requests[id.request]?.prompt ?? []
      let truth = PaperModel.continuation(of: prompt, count: answer.count)
      #expect(answer == truth, "seed \(seed), \(id)")
    }
  }

  @Test func `tiny pools do force preemption, and small alphabets do hit the prefix cache`() {
    var (preemptions, cachedTokens) = (0, 0)
    for seed in UInt64(0)..<40 {
      var trial = Trial(seed: seed)
      for _ in 0..<30 {
        trial.arrive(deadlines: false)
        trial.house.step()
      }
      preemptions += trial.house.preemptionCount
      cachedTokens += trial.house.cachedTokenCount
    }
    #expect(preemptions > 40)
    #expect(cachedTokens > 400)
  }

  @Test(arguments: 0..<30)
  func `the first in line is never overtaken for good, however many come after it`(seed: UInt64) {
    var trial = Trial(seed: seed)
    trial.arrive(deadlines: false)
    guard let first = trial.accepted.first?.request else { return }
    var steps = 0
    // A request arrives at every step, for ever; the first one still ends after a bounded amount of work.
    while trial.house.live.keys.contains(where: { $0.request == first }), steps < 400 {
      trial.arrive(deadlines: false)
      trial.house.step()
      steps += 1
    }
    #expect(steps < 400, "seed \(seed)")
  }

  @Test func `the same seed gives the same plans`() {
    func trace(_ seed: UInt64) -> [StepPlan] {
      var trial = Trial(seed: seed)
      return (0..<50).map { _ in
        trial.arrive(deadlines: true)
        return trial.house.step()
      }
    }
    #expect(trace(3) == trace(3))
  }
}
