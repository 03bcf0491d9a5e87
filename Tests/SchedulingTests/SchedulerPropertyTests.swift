import Testing

@testable import Scheduling

/// What holds for every policy: the conformance kit.
@Suite struct SchedulerPropertyTests {
  @Test(arguments: Contender.all)
  func `nothing accepted is lost, and every answer is that of a machine of its own`(
    contender: Contender
  ) {
    let seedCount: UInt64 = contender.name == Contender.reference.name ? 100 : 12
    for seed in 0..<seedCount { checkAnswers(seed: seed, contender) }
  }

  private func checkAnswers(seed: UInt64, _ contender: Contender) {
    var trial = Trial(seed: seed, contender: contender)
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

  @Test(arguments: Contender.all)
  func `nobody is overtaken for longer than the ageing bound, however many come`(
    contender: Contender
  ) {
    for seed in UInt64(0)..<3 { checkTurn(seed: seed, contender) }
  }

  /// Whoever starts came at most the bound after anyone who still waits for a first seat.
  private func checkTurn(seed: UInt64, _ contender: Contender) {
    var trial = Trial(seed: seed, contender: contender)
    // Slow steps, so that the bound of a minute is a matter of few.
    trial.house.pace = { .milliseconds(1000 + $0.rowCount) }
    while trial.house.now < Contender.ageingBound * 2 {
      trial.arrive(deadlines: false)
      let plan = trial.house.step()
      guard let oldest = trial.house.oldestWaiting else { continue }
      for start in plan.starts where !start.isResumed {
        let arrival = trial.house.requests[start.sequence.request]?.arrival ?? .zero
        #expect(arrival <= oldest + Contender.ageingBound, "seed \(seed), \(start.sequence)")
      }
    }
  }

  @Test(arguments: Contender.all)
  func `the same seed gives the same plans`(contender: Contender) {
    func trace(_ seed: UInt64) -> [StepPlan] {
      var trial = Trial(seed: seed, contender: contender)
      return (0..<50).map { _ in
        trial.arrive(deadlines: true)
        return trial.house.step()
      }
    }
    #expect(trace(3) == trace(3))
  }
}
