import Randomness
import Scheduling
import Testing

@testable import Simulation

@Suite struct SimulatedEngineTests {
  private static let pace = EnginePace(
    perStep: .milliseconds(5),
    perRow: .microseconds(200),
    perAttendedPosition: .nanoseconds(100)
  )

  private func configuration(_ policy: PolicyName) -> SimulatedEngine.Configuration {
    SimulatedEngine.Configuration(
      scheduler: Scheduler.Configuration(
        blockCount: 400,
        blockLength: 16,
        maximumRunningCount: 16,
        maximumRowCount: 128
      ),
      policy: policy,
      placeCount: 60,
      pace: Self.pace
    )
  }

  private func load(seed: UInt64, count: Int, gap: ClosedRange<Int>) -> [SimulatedRequest] {
    var random = SplitMix64(seed: seed)
    var now = Duration.zero
    return (0..<count).map { _ in
      now += .milliseconds(Int.random(in: gap, using: &random))
      let classes = ServiceClassTable.usual.classes
      return SimulatedRequest(
        arrival: now,
        promptCount: Int.random(in: 1...400, using: &random),
        outputCount: Int.random(in: 1...60, using: &random),
        maximumOutputCount: 100,
        serviceClass: classes[Int.random(in: 0..<3, using: &random)]
      )
    }
  }

  @Test(arguments: PolicyName.allCases)
  func `every request ends once, and time flows forwards`(policy: PolicyName) {
    let requests = load(seed: 1, count: 300, gap: 0...100)
    let outcomes = SimulatedEngine.outcomes(of: requests, configuration(policy))
    #expect(outcomes.map(\.request) == requests)
    for outcome in outcomes {
      guard case .answered(let first, let last) = outcome.ending else { continue }
      #expect(outcome.request.arrival < first && first <= last)
    }
  }

  @Test(arguments: PolicyName.allCases)
  func `the same load has the same outcomes`(policy: PolicyName) {
    let requests = load(seed: 2, count: 100, gap: 0...60)
    let runs = (0..<2).map { _ in SimulatedEngine.outcomes(of: requests, configuration(policy)) }
    #expect(runs[0] == runs[1])
  }

  @Test func `a request alone takes as long as its steps`() {
    let request = SimulatedRequest(arrival: .seconds(1), promptCount: 100, outputCount: 3)
    let outcomes = SimulatedEngine.outcomes(of: [request], configuration(.fcfs))
    var (prompt, second, third) = (StepLoad(), StepLoad(), StepLoad())
    prompt.add(rowCount: 100, at: 0)
    second.add(rowCount: 1, at: 100)
    third.add(rowCount: 1, at: 101)
    let cost = StepCostModel(
      perStep: .milliseconds(5),
      perRow: .microseconds(200),
      perAttendedPosition: .nanoseconds(100)
    )
    let first = cost.duration(of: prompt)
    #expect(outcomes[0].timeToFirstToken == first)
    let rest = cost.duration(of: second) + cost.duration(of: third)
    #expect(outcomes[0].totalTime == first + rest)
  }

  @Test func `whoever waits too long hangs up, and what it held is free again`() {
    let requests = load(seed: 5, count: 200, gap: 0...5)
    var configuration = configuration(.fcfsPaper)
    configuration.patience = .seconds(2)
    var engine = SimulatedEngine(configuration, requests)
    var outcomes: [SimulatedOutcome] = []
    engine.observeOutcome = { outcomes.append($1) }
    engine.run()
    #expect(outcomes.count == requests.count)
    #expect(outcomes.contains { $0.ending == .abandoned })
    for outcome in outcomes where outcome.ending != .abandoned {
      // A step that has begun is finished.
      #expect(outcome.totalTime.map { $0 < .seconds(2.5) } == true)
    }
    #expect(engine.scheduler.blockUsage == 0)
  }

  @Test(arguments: [PolicyName.plimsoll, .fcfsPaper])
  func `what ended is forgotten, however many requests come`(policy: PolicyName) {
    var pulledCount = 0
    let requests = (0..<20_000).lazy.map { index in
      pulledCount += 1
      return SimulatedRequest(
        arrival: .milliseconds(40 * index),
        promptCount: 1 + index % 100,
        outputCount: 1 + index % 7,
        serviceClass: ServiceClassTable.usual.classes[index % 3]
      )
    }
    var engine = SimulatedEngine(configuration(policy), requests, longestPrompt: 100)
    var (endedCount, largestCount) = (0, 0)
    engine.observeOutcome = { _, _ in endedCount += 1 }
    repeat {
      // Nobody is taken before the one ahead has arrived.
      #expect(pulledCount <= endedCount + engine.liveCount + 1)
      largestCount = max(largestCount, engine.liveCount, engine.scheduler.waitingCount)
    } while engine.advance()
    #expect(endedCount == 20_000 && engine.liveCount == 0 && engine.scheduler.isIdle)
    #expect((1...60).contains(largestCount))
  }

  @Test func `a machine that varies serves the same seed alike and another one differently`() {
    let requests = load(seed: 6, count: 50, gap: 0...60)
    var configuration = configuration(.plimsoll)
    configuration.pace.course = [0.5, 1, 3]
    let first = SimulatedEngine.outcomes(of: requests, configuration)
    #expect(first == SimulatedEngine.outcomes(of: requests, configuration))
    configuration.seed = 1
    #expect(first != SimulatedEngine.outcomes(of: requests, configuration))
  }

  @Test func `under overload interactive requests fare better than under first come, first served`()
  {
    let requests = load(seed: 3, count: 600, gap: 0...80)
    func attainment(_ policy: PolicyName) -> Double {
      var attainment = Attainment()
      let objective = ServiceObjective(timeToFirstToken: .milliseconds(500))
      for outcome in SimulatedEngine.outcomes(of: requests, configuration(policy))
      where outcome.request.serviceClass == .interactive {
        attainment.note(isMet: objective.isMet(by: outcome))
      }
      return attainment.share
    }
    #expect(attainment(.plimsoll) > attainment(.fcfs) + 0.2)
    #expect(attainment(.plimsoll) > attainment(.fcfsPaper) + 0.2)
  }
}
