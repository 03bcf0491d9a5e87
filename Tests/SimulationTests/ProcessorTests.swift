import Testing

@testable import Simulation

@Suite struct ProcessorTests {
  /// Runs jobs that start together at `start` on so many cores; the milliseconds at which each ends.
  private func ends(
    _ work: [Double],
    limit: Double,
    cores: Double,
    speed: Double = 1,
    from start: Double = 0,
    phase: Int64 = 0,
    kept: Double = 0
  ) -> (milliseconds: [Double], processor: Processor) {
    var processor = Processor(coreLimit: limit, parallelism: .infinity, phase: phase)
    processor.keptQuota = kept
    processor.advance(to: VirtualTime(nanoseconds: Int64(start * 1e6)))
    for (number, milliseconds) in work.enumerated() {
      processor.add(work: milliseconds * 1e6, for: Reference(number))
    }
    var ends = work.map { _ in 0.0 }
    while !processor.isIdle {
      processor.throttleIfExhausted()
      processor.run(on: min(processor.demand, cores), speed: speed)
      let moment = processor.nextMoment
      processor.advance(to: moment)
      while let job = processor.popFinished() { ends[job.place] = Double(moment.nanoseconds) / 1e6 }
    }
    return (ends, processor)
  }

  @Test func `a single thread under a tenth of a core works ten milliseconds a period`() {
    // 0-10, 100-110, 200-210: the third period's quota is just enough.
    let (ends, processor) = ends([30], limit: 0.1, cores: 8)
    #expect(ends == [210])
    #expect(processor.totals.periodCount == 3)
    #expect(processor.totals.throttledPeriodCount == 2)
    #expect(processor.totals.cpuTime == 30e6)
  }

  @Test func `a burst of threads uses up its quota sooner`() {
    // Four threads use the 10 ms in 2.5 ms; each has 2.5 ms left for the next period.
    let (ends, processor) = ends([5, 5, 5, 5], limit: 0.1, cores: 8)
    #expect(ends == [102.5, 102.5, 102.5, 102.5])
    #expect(processor.totals.throttledPeriodCount == 1)
  }

  @Test func `threads beyond the cores share them evenly`() {
    // Four on two cores: half speed until the short one ends at 2 ms of its own, that is at 4 ms; then three on
    // two, two thirds each.
    let (ends, _) = ends([2, 4, 4, 4], limit: .infinity, cores: 2)
    #expect(zip(ends, [4, 7, 7, 7]).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func `a node's speed shortens work and not the time that counts against the quota`() {
    // 60 ms of work at double speed is 30 ms of CPU time, as above.
    let (ends, processor) = ends([60], limit: 0.1, cores: 8, speed: 2)
    #expect(ends == [210])
    #expect(processor.totals.cpuTime == 30e6)
  }

  @Test func `periods keep to their grid whenever work begins`() {
    // The grid begins at 40 ms. Work begins at 130 of the period 40-140: 10 ms there, then 140-150.
    let (ends, _) = ends([20], limit: 0.1, cores: 8, from: 130, phase: 40_000_000)
    #expect(ends == [150])
  }

  @Test func `a little of an unused quota is kept for the next period, and only for that`() {
    // Two milliseconds of the idle periods before are left: 12 ms, then 10 a period.
    #expect(ends([30], limit: 0.1, cores: 8, from: 500, kept: 2e6).milliseconds == [708])
    // Of 10 ms 9 are used by the end of the first period, so 1 is kept: 11 ms of the second.
    #expect(ends([21], limit: 0.1, cores: 8, from: 91, kept: 2e6).milliseconds == [201])
  }

  @Test func `a quota that the threads cannot use up never throttles`() {
    let (ends, processor) = ends([450], limit: 1, cores: 8)
    #expect(ends == [450])
    #expect(processor.totals.throttledPeriodCount == 0)
    #expect(processor.totals.periodCount == 5)
  }

  @Test func `a resize refills the quota and wakes the threads`() {
    var processor = Processor(coreLimit: 0.1, parallelism: 4)
    processor.add(work: 30e6, for: Reference(0))
    processor.run(on: 1, speed: 1)
    processor.advance(to: processor.nextMoment)
    processor.throttleIfExhausted()
    #expect(processor.isThrottled)
    processor.run(on: 0, speed: 1)
    processor.advance(to: VirtualTime(.milliseconds(50)))
    processor.resize(coreLimit: 1)
    processor.run(on: processor.demand, speed: 1)
    #expect(processor.nextMoment == VirtualTime(.milliseconds(70)))
  }

  @Test func `a full node is shared by weight, and what one leaves goes to the others`() {
    #expect(fairShares(of: 4, [(4, 1), (4, 3)]) == [1, 3])
    #expect(fairShares(of: 4, [(1, 2), (4, 1), (4, 1)]) == [1, 1.5, 1.5])
    #expect(fairShares(of: 8, [(1, 1), (2, 1)]) == [1, 2])
  }
}
