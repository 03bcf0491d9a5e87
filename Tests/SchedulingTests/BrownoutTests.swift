import Randomness
import Testing

@testable import Scheduling

@Suite struct BrownoutTests {
  private static func controller() -> BrownoutController {
    var configuration = LatencyController.Configuration(objective: .milliseconds(100), floor: 0.4)
    configuration.window = .seconds(1)
    return BrownoutController(prefill: configuration, decode: configuration)
  }

  private static func press(_ controller: inout BrownoutController, at now: Duration) {
    for _ in 0..<10 { controller.observe(.decode, .seconds(1), at: now) }
  }

  @Test func `debt and browned time grow while the threshold is below one`() {
    var controller = Self.controller()
    controller.advance(to: .zero)
    Self.press(&controller, at: .milliseconds(900))
    controller.advance(to: .seconds(1))
    #expect(controller.threshold == 0.8 && controller.debt == 0)
    controller.advance(to: .milliseconds(1500))
    #expect(abs(controller.debt - 0.1) < 1e-9)
    #expect(controller.brownedDuration == .milliseconds(500))
    for second in 2...10 { controller.advance(to: .seconds(second)) }
    #expect(controller.threshold == 1)
    let debt = controller.debt
    controller.advance(to: .seconds(100))
    #expect(controller.debt == debt)
  }

  @Test func `at the floor no time between tokens can be kept by a lower threshold`() {
    var controller = Self.controller()
    controller.advance(to: .zero)
    #expect(controller.sparableTarget == .milliseconds(100))
    for second in 1...10 {
      Self.press(&controller, at: .milliseconds(1000 * second - 100))
      controller.advance(to: .seconds(second))
      #expect((controller.sparableTarget == nil) == (controller.decode.threshold == 0.4))
    }
    #expect(controller.decode.threshold == 0.4)
    controller.advance(to: .seconds(12))
    #expect(controller.sparableTarget != nil)
  }

  @Test func `after a pause quality is back, and the debt is that of the way back`() {
    var (stepwise, pausing) = (Self.controller(), Self.controller())
    for second in 0..<5 {
      let now = Duration.seconds(second)
      stepwise.advance(to: now)
      pausing.advance(to: now)
      Self.press(&stepwise, at: now)
      Self.press(&pausing, at: now)
    }
    #expect(pausing.threshold < 0.5)
    for second in 5...60 { stepwise.advance(to: .seconds(second)) }
    pausing.advance(to: .seconds(60))
    #expect(pausing.threshold == 1)
    #expect(abs(pausing.debt - stepwise.debt) < 1e-9)
    #expect(pausing.brownedDuration == stepwise.brownedDuration)
  }

  @Test func `a mixed step takes the lower threshold, and phases alone their own`() {
    var controller = Self.controller()
    controller.advance(to: .zero)
    Self.press(&controller, at: .milliseconds(900))
    controller.advance(to: .seconds(1))
    func threshold(prefills: Bool, decodes: Bool) -> Double? {
      controller.setting(prefills: prefills, decodes: decodes, fullQualityRows: [], rowCount: 4)?
        .threshold
    }
    #expect(threshold(prefills: true, decodes: true) == 0.8)
    #expect(threshold(prefills: false, decodes: true) == 0.8)
    #expect(threshold(prefills: true, decodes: false) == nil)
    let setting = controller.setting(
      prefills: true,
      decodes: true,
      fullQualityRows: [0..<4],
      rowCount: 4
    )
    #expect(setting == nil, "a step of full quality alone is not browned out")
  }

  /// A second of quick tokens, `served` first ones among them, while `refused` requests were turned away.
  private static func thresholds(served: Int, refused: Int) -> (prefill: Double, decode: Double) {
    var controller = Self.controller()
    controller.advance(to: .zero)
    for index in 0..<40 {
      controller.observe(.decode, .milliseconds(10), at: .milliseconds(500 + index))
    }
    for index in 0..<served {
      controller.observe(.prefill, .milliseconds(10), at: .milliseconds(600 + index))
    }
    controller.observe(turnedAwayCount: refused, at: .milliseconds(900))
    controller.advance(to: .seconds(1))
    return (controller.prefill.threshold, controller.decode.threshold)
  }

  @Test func `one request in twenty that is turned away does not matter, three do, in both phases`()
  {
    #expect(Self.thresholds(served: 20, refused: 0) == (1, 1))
    #expect(Self.thresholds(served: 19, refused: 1) == (1, 1))
    #expect(Self.thresholds(served: 17, refused: 3) == (0.8, 0.8))
  }

  @Test func `whoever was turned away counts once, and is forgotten`() {
    var controller = Self.controller()
    controller.advance(to: .zero)
    var thresholds: [Double] = []
    for second in 1...16 {
      for index in 0..<20 {
        let now = Duration.milliseconds(1000 * second - 900 + index)
        controller.observe(.prefill, .milliseconds(10), at: now)
        controller.observe(.decode, .milliseconds(10), at: now)
        // Twenty in the first second, and none after it.
        controller.observe(turnedAwayCount: 20, at: now)
      }
      controller.advance(to: .seconds(second))
      thresholds.append(controller.threshold)
    }
    // From the sixth second on nobody remembers them.
    #expect(thresholds[0] == 0.8 && thresholds[3] < 0.5 && thresholds[4] <= thresholds[3])
    #expect(thresholds[5] > thresholds[4] && thresholds[15] == 1)
  }

  @Test(arguments: 1...40)
  func `those turned away rank behind everyone who was served`(refusedCount: Int) {
    var arrivals = RecentArrivals()
    for _ in 0..<40 { arrivals.note(isServed: true, at: .zero) }
    for _ in 0..<refusedCount { arrivals.note(isServed: false, at: .zero) }
    let latencies = (0..<40).map { $0 } + Array(repeating: Int.max, count: refusedCount)
    let rank = 9 * latencies.count / 10
    #expect(arrivals.rank90(count: 40) == (rank < 40 ? rank : nil))
  }

  @Test func `content of a brownout is given away before exact content, and after none`() {
    var pool = BlockPool(blockCount: 3, blockLength: 1)
    let blocks = (0..<3).compactMap { _ in pool.allocate() }
    let exact = BlockKey(parent: BlockKey(salt: 0), tokens: [1])
    let browned = BlockKey(parent: BlockKey(salt: 0), tokens: [1], isBrowned: true)
    #expect(exact != browned)
    pool.register(blocks[0], as: exact)
    pool.register(blocks[1], as: browned, isBrowned: true)
    for block in blocks { pool.release(block) }
    pool.checkInvariants()
    #expect((0..<3).compactMap { _ in pool.allocate() } == [blocks[2], blocks[1], blocks[0]])
    pool.checkInvariants()
  }

  /// Which cached positions a brownout has touched, followed through a scheduler's block tables.
  private struct Taint {
    private(set) var blocks: [[Bool]]
    private(set) var faults: [String] = []

    init(_ configuration: Scheduler.Configuration) {
      blocks = Array(
        repeating: Array(repeating: false, count: configuration.blockLength),
        count: configuration.blockCount
      )
    }

    mutating func run(_ plan: StepPlan, threshold: Double) {
      for entry in plan.entries {
        var isTainted = (0..<entry.firstPosition).contains { self[entry, $0] }
        if isTainted, entry.quality == .full { faults.append("\(entry.sequence) is poisoned") }
        if isTainted, threshold == 1, plan.starts.contains(where: { $0.sequence == entry.sequence })
        {
          faults.append("\(entry.sequence) starts on browned blocks at threshold one")
        }
        if plan.brownout != nil, entry.quality == .adaptive { isTainted = true }
        for offset in entry.rows.indices.map({ $0 - entry.rows.lowerBound }) {
          self[entry, entry.firstPosition + offset] = isTainted
        }
        let isFull = plan.brownout?.fullQualityRows.contains(entry.rows)
        if let isFull, isFull != (entry.quality == .full) { faults.append("rows are mixed up") }
      }
    }

    private subscript(entry: StepPlan.Entry, position: Int) -> Bool {
      get {
        let length = blocks[0].count
        return blocks[Int(entry.blockTable[position / length])][position % length]
      }
      set {
        let length = blocks[0].count
        blocks[Int(entry.blockTable[position / length])][position % length] = newValue
      }
    }
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func `no request of full quality ever reads what a brownout computed`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let configuration = Scheduler.Configuration(
      blockCount: 24,
      blockLength: 4,
      maximumRunningCount: 6,
      maximumRowCount: 16,
      minimumChunk: 8
    )
    var scheduler = Scheduler(configuration)
    scheduler.brownout = Self.controller()
    var taint = Taint(configuration)
    var remaining: [SequenceID: Int] = [:]
    var now = Duration.zero
    var (brownedStepCount, cachedCount) = (0, 0)
    for step in 0..<400 {
      if Bool.random(using: &generator) {
        // Few distinct prompts, so that many find their beginnings cached.
        let prompt = (0..<Int.random(in: 1...24, using: &generator)).map { Int32($0 / 13) }
        let id = RequestID(rawValue: UInt64(step))
        let count = Int.random(in: 1...8, using: &generator)
        let quality = Quality.allCases.randomElement(using: &generator) ?? .full
        _ = scheduler.add(
          Request(id: id, prompt: prompt, maximumNewTokenCount: count, quality: quality)
        )
        remaining[SequenceID(request: id, choice: 0)] = count
      }
      // Hard times and good ones alternate.
      let isHard = step / 60 % 2 == 0
      for _ in 0..<4 {
        scheduler.brownout?.observe(.decode, .milliseconds(isHard ? 500 : 10), at: now)
        scheduler.brownout?.observe(.prefill, .milliseconds(isHard ? 500 : 10), at: now)
      }
      let plan = scheduler.plan(at: now)
      taint.run(plan, threshold: scheduler.brownout?.threshold ?? 1)
      brownedStepCount += plan.brownout == nil ? 0 : 1
      cachedCount += plan.starts.reduce(0) { $0 + $1.cachedTokenCount }
      let samples = plan.entries.filter(\.isSampled).map { entry in
        remaining[entry.sequence, default: 1] -= 1
        return StepResult.Sample(
          sequence: entry.sequence,
          token: Int32.random(in: 0..<2, using: &generator),
          isLast: remaining[entry.sequence] == 0
        )
      }
      now += .milliseconds(200)
      scheduler.apply(StepResult(duration: .milliseconds(200), samples: samples))
      scheduler.checkInvariants()
    }
    #expect(taint.faults.isEmpty, "\(taint.faults.prefix(3))")
    #expect(brownedStepCount > 50 && cachedCount > 100)
  }
}
