import Scheduling
import Testing

@testable import Simulation

/// The load doubles for a while on a simulated mixture that refuses whom it cannot serve in time.
@Suite struct BrownoutBurstTests {
  /// The 0.9 B mixture as measured (docs/results/brownout-speed.md).
  private static let pace = EnginePace(
    perStep: .microseconds(1_300),
    perRow: .microseconds(465),
    perAttendedPosition: .zero
  )
  private static let mixture = MixtureCost(
    thresholds: [0, 0.2, 0.4, 0.6, 0.8, 1],
    readings: [
      .init(rowCount: 1, distinctExpertCounts: [57, 61, 63, 64, 64, 64]),
      .init(rowCount: 8, distinctExpertCounts: [151, 184, 215, 256, 292, 325]),
      .init(rowCount: 16, distinctExpertCounts: [169, 211, 258, 315, 385, 437]),
      .init(rowCount: 32, distinctExpertCounts: [176, 244, 316, 392, 468, 511]),
    ],
    perExpert: .microseconds(24)
  )
  /// Longer than prompts that meet wait for each other.
  private static let longPromise = Duration.seconds(2)
  /// One that two prompts that meet cannot keep, whatever a step costs.
  private static let shortPromise = Duration.milliseconds(75)
  private static let timePerOutputToken = Duration.milliseconds(28)
  private static let (calm, burst, end) = (10.0, 50.0, 80.0)

  private static func controller(_ timeToFirstToken: Duration) -> BrownoutController {
    BrownoutController(
      prefill: LatencyController.Configuration(
        objective: timeToFirstToken,
        floor: 0.2,
        window: .seconds(10)
      ),
      decode: LatencyController.Configuration(objective: timePerOutputToken, floor: 0.2)
    )
  }

  /// Poisson arrivals, twice as many in the burst.
  private static func load(
    seed: UInt64,
    perSecond: Double,
    _ timeToFirstToken: Duration
  ) -> [SimulatedRequest] {
    var random = RandomStream(seed: seed, name: "burst")
    var (now, requests) = (0.0, [SimulatedRequest]())
    let serviceClass = ServiceClass(
      name: "promised",
      timeToFirstToken: timeToFirstToken,
      timePerOutputToken: timePerOutputToken
    )
    while now < end {
      now += random.exponential() / ((calm..<burst).contains(now) ? 2 * perSecond : perSecond)
      requests.append(
        SimulatedRequest(
          arrival: .seconds(now),
          promptCount: 16 + Int(random.uniform() * 49),
          outputCount: 96 + Int(random.uniform() * 129),
          serviceClass: serviceClass
        )
      )
    }
    return requests
  }

  private static func isInBurst(_ time: Duration) -> Bool {
    (calm..<burst).contains(time / .seconds(1))
  }

  private static func engine(
    seed: UInt64,
    _ timeToFirstToken: Duration,
    _ brownout: BrownoutController?
  ) -> SimulatedEngine {
    var configuration = SimulatedEngine.Configuration(
      scheduler: Scheduler.Configuration(
        blockCount: 2_000,
        blockLength: 16,
        maximumRunningCount: 32,
        maximumRowCount: 128
      ),
      policy: .plimsoll,
      pace: pace
    )
    configuration.mixture = mixture
    configuration.brownout = brownout
    return SimulatedEngine(configuration, load(seed: seed, perSecond: 3.4, timeToFirstToken))
  }

  /// What came of the requests and the threshold.
  private struct Course {
    var refusedShare = 0.0
    /// Of the tokens of the burst; those of refused requests are late.
    var lateTokenShare = 0.0
    /// Of the requests of the burst.
    var lateFirstTokenShare = 0.0
    var lowest = 1.0
    /// When a token was first computed at threshold one after the burst.
    var recovery: Duration?
    var outcomes: [SimulatedOutcome] = []
  }

  private static func course(
    seed: UInt64,
    _ timeToFirstToken: Duration,
    _ brownout: BrownoutController?
  ) -> Course {
    var engine = engine(seed: seed, timeToFirstToken, brownout)
    var (course, threshold, outcomes) = (Course(), 1.0, [Int: SimulatedOutcome]())
    var (lateCount, timelyCount) = (0, 0)
    engine.observeStep = {
      threshold = $0.brownout?.threshold ?? 1
      course.lowest = min(course.lowest, threshold)
    }
    engine.observeToken = {
      if threshold == 1, $0.time > .seconds(burst), course.recovery == nil {
        course.recovery = $0.time
      }
      guard $0.phase == .decode, isInBurst($0.time) else { return }
      if $0.latency > timePerOutputToken { lateCount += 1 } else { timelyCount += 1 }
    }
    engine.observeOutcome = { outcomes[$0] = $1 }
    engine.run()
    course.outcomes = outcomes.sorted { $0.key < $1.key }.map(\.value)
    let offered = course.outcomes.filter { isInBurst($0.request.arrival) }
    let refused = offered.filter { if case .refused = $0.ending { true } else { false } }
    lateCount += refused.reduce(0) { $0 + $1.request.outputCount - 1 }
    course.refusedShare = Double(refused.count) / Double(offered.count)
    course.lateTokenShare = Double(lateCount) / Double(lateCount + timelyCount)
    let late = offered.count {
      guard case .answered(let first, _) = $0.ending else { return true }
      return first - $0.request.arrival > timeToFirstToken
    }
    course.lateFirstTokenShare = Double(late) / Double(offered.count)
    return course
  }

  @Test(arguments: 1...2 as ClosedRange<UInt64>)
  func `quality gives way before anyone is refused or waits for a seat, and comes back`(
    seed: UInt64
  ) {
    let plain = Self.course(seed: seed, Self.longPromise, nil)
    let browned = Self.course(seed: seed, Self.longPromise, Self.controller(Self.longPromise))
    #expect(plain.refusedShare > 0.2)
    #expect(browned.refusedShare == 0 && browned.lateFirstTokenShare == 0)
    // The threshold needs eight seconds to its floor, of a burst of forty.
    #expect(browned.lateTokenShare < 0.12 && browned.lateTokenShare < plain.lateTokenShare / 2)
    #expect(browned.recovery.map { $0 < .seconds(Self.burst + 30) } == true)
  }

  @Test(arguments: 1...2 as ClosedRange<UInt64>)
  func `a promise that prompts that meet cannot keep is broken less often`(seed: UInt64) {
    let plain = Self.course(seed: seed, Self.shortPromise, nil)
    let browned = Self.course(seed: seed, Self.shortPromise, Self.controller(Self.shortPromise))
    #expect(browned.lowest == 0.2)
    #expect(browned.refusedShare < plain.refusedShare * 0.6)
    #expect(browned.lateTokenShare < plain.lateTokenShare * 0.6)
    #expect(browned.lateFirstTokenShare < plain.lateFirstTokenShare * 0.6)
  }

  @Test func `a brownout that may not go below one changes nothing`() {
    let idle = LatencyController.Configuration(objective: .nanoseconds(1), floor: 1)
    let brownout = BrownoutController(prefill: idle, decode: idle)
    for promise in [Self.shortPromise, Self.longPromise] {
      let unmoved = Self.course(seed: 1, promise, brownout)
      #expect(unmoved.outcomes == Self.course(seed: 1, promise, nil).outcomes)
    }
  }
}
