import Testing

@testable import Scheduling

/// What policies make of seats and steps, seen through the scheduler.
@Suite struct SeatTests {
  private func house(_ policy: PolicyName, seats: Int, rows: Int = 64) -> House {
    House(
      Scheduler.Configuration(
        blockCount: 64,
        blockLength: 4,
        maximumRunningCount: seats,
        maximumRowCount: rows,
        minimumChunk: 4
      ),
      Contender(policy)
    )
  }

  private func request(
    _ number: UInt64,
    prompt: Int = 4,
    answer: Int = 20,
    at arrival: Duration = .zero,
    _ serviceClass: ServiceClass
  ) -> Request {
    Request(
      id: RequestID(rawValue: number),
      prompt: (0..<Int32(prompt)).map { $0 + 1000 * Int32(number) },
      maximumNewTokenCount: answer,
      arrival: arrival,
      serviceClass: serviceClass
    )
  }

  @Test(arguments: [PolicyName.priority, .plimsoll])
  func `in a full house the urgent take the seat of those that can wait`(policy: PolicyName) {
    var house = house(policy, seats: 1)
    house.add(request(1, .batch))
    house.step()
    house.add(request(2, answer: 3, at: house.now, .interactive))
    let plan = house.step()
    #expect(plan.preempted.map(\.request.rawValue) == [1])
    #expect(plan.entries.map(\.sequence.request.rawValue) == [2])
    // A third that can wait as well does not overtake the one that lost its seat.
    house.add(request(3, answer: 3, at: house.now, .batch))
    var starts: [StepPlan.Start] = []
    while !house.scheduler.isIdle { starts += house.step().starts }
    #expect(starts.map(\.sequence.request.rawValue) == [1, 3])
    #expect(starts.map(\.isResumed) == [true, false])
    #expect(house.model.faults == [])
  }

  @Test func `nobody loses a seat more than three times to a more urgent class`() {
    var house = house(.plimsoll, seats: 1)
    house.add(request(1, answer: 40, .batch))
    var preemptions = 0
    for number in UInt64(2)..<12 {
      house.step()
      house.add(request(number, answer: 2, at: house.now, .interactive))
      for _ in 0..<3 { preemptions += house.step().preempted.count }
    }
    #expect(preemptions == 3)
  }

  @Test(arguments: [PolicyName.fcfs, .fcfsPaper])
  func `first come, first served gives nobody another's seat`(policy: PolicyName) {
    var house = house(policy, seats: 1)
    house.add(request(1, .batch))
    house.step()
    house.add(request(2, .interactive))
    #expect(house.step().preempted == [])
  }

  @Test func `an urgent prompt goes before the rest of a long one`() {
    var house = house(.plimsoll, seats: 4, rows: 16)
    house.add(request(1, prompt: 40, .batch))
    house.step()
    house.add(request(2, prompt: 8, at: house.now, .interactive))
    let plan = house.step()
    #expect(plan.entries.map(\.sequence.request.rawValue) == [2, 1])
    #expect(plan.entries.map(\.rows.count) == [8, 8])
  }

  @Test func `the papers' baseline lets decoding wait for whole prompts`() {
    var house = house(.fcfsPaper, seats: 4, rows: 16)
    house.add(request(1, .standard))
    house.step()
    house.add(request(2, prompt: 40, .standard))
    let plans = (0..<4).map { _ in house.step() }
    #expect(plans.map { $0.entries.map(\.sequence.request.rawValue) } == [[2], [2], [2], [1, 2]])
  }

  @Test func `a step that leads to a first token ends before that is due`() {
    var house = house(.plimsoll, seats: 4)
    // The model learns the pace, 1 ms + 1 ms a row.
    house.add(request(1, prompt: 60, answer: 40, .batch))
    for _ in 0..<45 { house.step() }
    house.now = .seconds(1)
    house.add(request(2, at: .seconds(0.52), .interactive))
    house.add(request(3, prompt: 100, at: .seconds(0.52), .standard))
    let rows = house.step().load.rowCount
    // 20 ms are left, and nothing else keeps the step short.
    #expect((15...19).contains(rows), "\(rows) rows")
  }
}

@Suite struct ServiceClassTableTests {
  @Test func `a new class stands where its first token is due, and urgencies follow the order`() {
    var table = ServiceClassTable.usual
    table.set(
      ServiceClass(name: "voice", timeToFirstToken: .milliseconds(200), timePerOutputToken: nil)
    )
    table.set(
      ServiceClass(name: "night", timeToFirstToken: .seconds(3600), timePerOutputToken: nil)
    )
    #expect(table.classes.map(\.name) == ["voice", "interactive", "standard", "batch", "night"])
    #expect(table.classes.map(\.urgency) == Array(0..<5))
    #expect(table.defaultClass.name == "standard")
  }

  @Test func `setting a known class changes its promise and nothing else`() {
    var table = ServiceClassTable.usual
    var hurried = ServiceClass.batch
    hurried.timeToFirstToken = .seconds(1)
    table.set(hurried)
    #expect(table["batch"]?.timeToFirstToken == .seconds(1))
    #expect(table.classes.map(\.name) == ["interactive", "standard", "batch"])
  }
}
