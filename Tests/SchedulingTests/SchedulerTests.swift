import Testing

@testable import Scheduling

@Suite struct SchedulerTests {
  private func configuration(blocks: Int = 64, seats: Int = 8, rows: Int = 64)
    -> Scheduler.Configuration
  {
    Scheduler.Configuration(
      blockCount: blocks,
      blockLength: 4,
      maximumRunningCount: seats,
      maximumRowCount: rows,
      minimumChunk: 4
    )
  }

  private func request(
    _ number: UInt64,
    prompt: Int,
    answer: Int,
    choices: Int = 1,
    target: Duration? = nil,
    deadline: Duration? = nil
  ) -> Request {
    Request(
      id: RequestID(rawValue: number),
      // Distinct prompts: no accidental sharing.
      prompt: (0..<Int32(prompt)).map { $0 + 1000 * Int32(number) },
      choiceCount: choices,
      maximumNewTokenCount: answer,
      serviceClass: .promising(target),
      deadline: deadline
    )
  }

  private func rows(_ plan: StepPlan) -> [Int] { plan.entries.map(\.rows.count) }

  private func requests(_ plan: StepPlan) -> [UInt64] {
    plan.entries.map(\.sequence.request.rawValue)
  }

  @Test func `an idle scheduler plans nothing`() {
    var scheduler = Scheduler(configuration())
    let plan = scheduler.plan(at: .zero)
    #expect(plan == StepPlan())
    #expect(scheduler.isIdle)
  }

  @Test func `a prompt is computed whole when there is room, then one token a step`() {
    var house = House(configuration())
    house.add(request(1, prompt: 10, answer: 3))
    var plan = house.step()
    #expect(rows(plan) == [10])
    plan = house.step()
    #expect(rows(plan) == [1])
    plan = house.step()
    #expect(rows(plan) == [1])
    #expect(house.scheduler.isIdle)
    #expect(house.scheduler.pool.freeCount == 64)
    #expect(house.answers.count == 1)
  }

  @Test func `a long prompt is computed in chunks, and only the last one samples`() {
    var house = House(configuration(blocks: 64, seats: 8, rows: 16))
    house.add(request(1, prompt: 40, answer: 1))
    let plans = (0..<3).map { _ in house.step() }
    #expect(plans.map(rows) == [[16], [16], [8]])
    #expect(plans.map(\.sampledCount) == [0, 0, 1])
    #expect(plans.map { $0.entries[0].firstPosition } == [0, 16, 32])
  }

  @Test func `decoding goes before prefill`() {
    var house = House(configuration(rows: 16))
    house.add(request(1, prompt: 4, answer: 9))
    house.step()
    house.add(request(2, prompt: 40, answer: 1))
    let plan = house.step()
    #expect(requests(plan) == [1, 2])
    #expect(rows(plan) == [1, 15])
  }

  @Test
  func `a prefill chunk is cut to the tightest time per output token among those that decode`() {
    var house = House(configuration(blocks: 256, seats: 4, rows: 128))
    // The model learns the pace, 1 ms + 1 ms a row, from unhurried work.
    house.add(request(1, prompt: 100, answer: 40))
    for _ in 0..<40 { house.step() }
    house.add(request(2, prompt: 4, answer: 60, target: .milliseconds(30)))
    house.add(request(3, prompt: 4, answer: 60, target: .milliseconds(90)))
    for _ in 0..<20 { house.step() }
    house.add(request(4, prompt: 200, answer: 1))
    let plan = house.step()
    let chunk = rows(plan).last ?? 0
    #expect(requests(plan) == [2, 3, 4])
    #expect((20...29).contains(chunk), "a chunk of \(chunk) rows for a step of 30 ms at 1 ms a row")
  }

  @Test func `a prefill advances even when decoding alone is late`() {
    var house = House(configuration(rows: 64))
    house.pace = { .seconds($0.rowCount) }
    house.add(request(1, prompt: 4, answer: 60, target: .milliseconds(1)))
    for _ in 0..<5 { house.step() }
    house.add(request(2, prompt: 20, answer: 1))
    let plan = house.step()
    #expect(rows(plan) == [1, 4])
  }

  @Test func `a step that is late by its fixed cost is stretched by half for a prefill`() {
    var house = House(configuration(blocks: 256, rows: 128))
    house.pace = { .milliseconds(100 + $0.rowCount) }
    house.add(request(1, prompt: 100, answer: 100))
    for _ in 0..<50 { house.step() }
    house.add(request(2, prompt: 4, answer: 60, target: .milliseconds(1)))
    for _ in 0..<10 { house.step() }
    house.add(request(3, prompt: 200, answer: 1))
    let chunk = rows(house.step()).last ?? 0
    #expect((40...60).contains(chunk), "a chunk of \(chunk) rows for half of 100 ms at 1 ms a row")
  }

  @Test func `seats are given in the order of arrival`() {
    var house = House(configuration(seats: 2))
    for number in 1...4 { house.add(request(UInt64(number), prompt: 4, answer: 2)) }
    var plan = house.step()
    #expect(requests(plan) == [1, 2])
    house.step()
    plan = house.step()
    #expect(requests(plan) == [3, 4])
  }

  @Test func `a request that finds no blocks waits, and nobody overtakes it`() {
    var house = House(configuration(blocks: 8))
    house.add(request(1, prompt: 16, answer: 4))
    house.step()
    house.add(request(2, prompt: 20, answer: 1))
    house.add(request(3, prompt: 1, answer: 1))
    let plan = house.step()
    #expect(requests(plan) == [1])
  }

  @Test func `a request that can never fit is refused with the numbers`() {
    var house = House(configuration(blocks: 4))
    let acceptance = house.add(request(1, prompt: 12, answer: 5))
    #expect(acceptance == nil)
    let refusal = house.add(request(2, prompt: 12, answer: 6))
    #expect(refusal == Scheduler.Refusal(neededBlockCount: 5, blockCount: 4))
    #expect(refusal?.description == "prompt and answer need 5 KV blocks, there are 4")
  }

  @Test func `the youngest is preempted when blocks run out, and keeps its place`() {
    var house = House(configuration(blocks: 6, seats: 8))
    house.add(request(1, prompt: 8, answer: 12))
    house.add(request(2, prompt: 8, answer: 8))
    house.add(request(3, prompt: 4, answer: 1))
    var plans: [StepPlan] = []
    while !house.scheduler.isIdle { plans.append(house.step()) }
    #expect(plans.flatMap(\.preempted).map(\.request.rawValue).first == 2)
    let starts = plans.flatMap(\.starts)
    #expect(starts.map(\.sequence.request.rawValue).prefix(2) == [1, 2])
    let resumed = starts.firstIndex(where: \.isResumed)
    let third = starts.firstIndex { $0.sequence.request.rawValue == 3 }
    #expect(resumed != nil && third != nil && (resumed ?? 0) < (third ?? 0))
    #expect(house.model.faults == [])
  }

  @Test func `a known prefix is not computed again, but at least one token is`() {
    var house = House(configuration())
    let prompt = request(1, prompt: 12, answer: 1)
    house.add(prompt)
    house.step()
    var again = prompt
    again.id = RequestID(rawValue: 2)
    house.add(again)
    let plan = house.step()
    #expect(plan.starts.map(\.cachedTokenCount) == [8])
    #expect(rows(plan) == [4])
    #expect(house.answers.values.count { $0 == house.answers.values.first } == 2)
  }

  @Test func `blocks that are still to be computed are not found`() {
    var house = House(configuration(rows: 20))
    let first = request(1, prompt: 40, answer: 1)
    house.add(first)
    house.step()
    var second = first
    second.id = RequestID(rawValue: 2)
    house.add(second)
    // The first computes its second half; the second finds only what was computed before this step.
    let plan = house.step()
    #expect(rows(plan) == [20])
    while !house.scheduler.isIdle { house.step() }
    #expect(house.model.faults == [])
    #expect(house.cachedTokenCount == 36)
  }

  @Test func `a prefix is shared while its first owner is still computing the rest`() {
    var house = House(configuration(rows: 24))
    let first = request(1, prompt: 40, answer: 1, target: nil)
    house.add(first)
    house.step()
    var second = first
    second.id = RequestID(rawValue: 2)
    house.add(second)
    let plan = house.step()
    #expect(rows(plan) == [16, 8])
    #expect(plan.starts.map(\.cachedTokenCount) == [24])
    while !house.scheduler.isIdle { house.step() }
    #expect(house.model.faults == [])
  }

  @Test func `different salts share nothing`() {
    var house = House(configuration())
    var prompt = request(1, prompt: 12, answer: 1)
    house.add(prompt)
    house.step()
    prompt.id = RequestID(rawValue: 2)
    prompt.cacheSalt = 7
    house.add(prompt)
    let plan = house.step()
    #expect(plan.starts.map(\.cachedTokenCount) == [0])
  }

  @Test func `choices share the prompt's full blocks and compute only its tail`() {
    var house = House(configuration(rows: 16))
    house.add(request(1, prompt: 22, answer: 2, choices: 3))
    var plan = house.step()
    #expect(rows(plan) == [16])
    plan = house.step()
    #expect(rows(plan) == [6])
    plan = house.step()
    #expect(rows(plan) == [1, 2, 2])
    #expect(Set(plan.entries.map { $0.blockTable.prefix(5) }).count == 1)
    #expect(Set(plan.entries.map { $0.blockTable[5] }).count == 3)
    while !house.scheduler.isIdle { house.step() }
    #expect(house.model.faults == [])
  }

  @Test func `a removed request frees its blocks at once`() {
    var house = House(configuration())
    house.add(request(1, prompt: 30, answer: 9, choices: 2))
    house.step()
    house.step()
    #expect(house.scheduler.blockUsage > 0)
    house.cancel(RequestID(rawValue: 1))
    #expect(house.scheduler.isIdle)
    #expect(house.scheduler.blockUsage == 0)
  }

  @Test func `a request past its deadline is dropped before more work is spent, running or not`() {
    var house = House(configuration(seats: 1))
    house.add(request(1, prompt: 4, answer: 50, deadline: .milliseconds(20)))
    house.add(request(2, prompt: 4, answer: 50, deadline: .milliseconds(10)))
    house.add(request(3, prompt: 4, answer: 1, deadline: .seconds(100)))
    house.step()
    house.now = .milliseconds(10)
    let second = house.step()
    #expect(second.expired.map(\.rawValue) == [2])
    #expect(requests(second) == [1])
    house.now = .milliseconds(25)
    let third = house.step()
    #expect(third.expired.map(\.rawValue) == [1])
    #expect(requests(third) == [3])
  }

  @Test func `too few rows for every seat and a chunk are a bug`() async {
    await #expect(processExitsWith: .failure) {
      _ = Scheduler.Configuration(
        blockCount: 1,
        blockLength: 1,
        maximumRunningCount: 8,
        maximumRowCount: 8
      )
    }
  }
}
