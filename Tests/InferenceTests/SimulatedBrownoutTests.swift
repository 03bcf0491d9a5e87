import Randomness
import Scheduling
import Simulation
import Tensors
import Testing

@testable import Inference

/// The same controller in the real engine core and in the simulated engine.
@Suite struct SimulatedBrownoutTests {
  private static let pace = EnginePace(
    perStep: .milliseconds(3),
    perRow: .microseconds(300),
    perAttendedPosition: .zero
  )
  private static let mixture = MixtureCost(
    thresholds: [0, 1],
    readings: [
      .init(rowCount: 1, distinctExpertCounts: [50, 60]),
      .init(rowCount: 8, distinctExpertCounts: [120, 300]),
    ],
    perExpert: .microseconds(50)
  )

  /// A hash model that takes as long as the pace says, and notes how far it is browned out.
  private final class TimedModel: ModelRunner {
    let model: HashModel
    let clock: Bench.TestClock
    var thresholds: [Double] = []

    init(_ configuration: EngineConfiguration, _ clock: Bench.TestClock) {
      model = HashModel(
        blockCount: configuration.kvBlockCount,
        blockLength: configuration.blockLength,
        maximumSampled: configuration.maximumRunning
      )
      self.clock = clock
    }

    var vocabularyCount: Int { model.vocabularyCount }

    func forward(_ plan: StepPlan) -> Matrix {
      let threshold = plan.brownout?.threshold ?? 1
      thresholds.append(threshold)
      // The simulated engine's variation, none here, rounds in the same way.
      clock.now +=
        (pace.duration(of: plan)
          + mixture.duration(rowCount: plan.load.rowCount, threshold: threshold)) * 1.0
      return model.forward(plan)
    }
  }

  private static var controller: BrownoutController {
    var decode = LatencyController.Configuration(
      objective: .milliseconds(14),
      floor: 0.2,
      window: .milliseconds(400)
    )
    decode.checkInterval = .milliseconds(200)
    var prefill = decode
    prefill.objective = .milliseconds(60)
    return BrownoutController(prefill: prefill, decode: decode)
  }

  private static var configuration: EngineConfiguration {
    var configuration = EngineConfiguration(maximumModelLength: 96, kvBlockCount: 256)
    configuration.blockLength = 4
    configuration.maximumRunning = 8
    configuration.policy = .fcfs
    configuration.isPrefixCaching = false
    configuration.brownout = controller
    return configuration
  }

  private static func load(seed: UInt64) -> [SimulatedRequest] {
    var generator = SplitMix64(seed: seed)
    var now = Duration.zero
    return (0..<120).map { index in
      // The middle third comes three times as fast.
      now += .milliseconds(Int.random(in: 0...200, using: &generator) / (index / 40 == 1 ? 3 : 1))
      return SimulatedRequest(
        arrival: now,
        promptCount: Int.random(in: 1...20, using: &generator),
        outputCount: Int.random(in: 1...30, using: &generator),
        maximumOutputCount: 40
      )
    }
  }

  /// Serves the requests at their times on the real core.
  private func real(_ requests: [SimulatedRequest]) throws -> (Bench, TimedModel) {
    let clock = Bench.TestClock(increment: .zero)
    let model = TimedModel(Self.configuration, clock)
    let bench = Bench(Self.configuration, runner: model, clock: clock)
    var next = 0
    while next < requests.count || !bench.core.scheduler.isIdle {
      if bench.core.scheduler.isIdle { clock.now = max(clock.now, requests[next].arrival) }
      while next < requests.count, requests[next].arrival <= clock.now {
        var sampling = SamplingParameters()
        sampling.ignoresEndOfText = true
        sampling.maxTokens = requests[next].maximumOutputCount
        sampling.replay(length: requests[next].outputCount)
        let request = GenerationRequest(
          prompt: Array(repeating: Int32(next % 32), count: requests[next].promptCount),
          sampling: sampling
        )
        try bench.serve(request, arrival: requests[next].arrival)
        next += 1
      }
      if !bench.core.scheduler.isIdle { _ = bench.step() }
    }
    return (bench, model)
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func `the simulated engine browns out as the real one does, step by step`(seed: UInt64) throws {
    let requests = Self.load(seed: seed)
    let (bench, model) = try real(requests)
    var configuration = SimulatedEngine.Configuration(
      scheduler: Self.configuration.scheduler,
      policy: .fcfs,
      pace: Self.pace
    )
    configuration.mixture = Self.mixture
    configuration.brownout = Self.controller
    var simulated = SimulatedEngine(configuration, requests)
    var thresholds: [Double] = []
    simulated.observeStep = { thresholds.append($0.brownout?.threshold ?? 1) }
    simulated.run()
    #expect(model.thresholds == thresholds)
    #expect(bench.core.scheduler.brownout == simulated.scheduler.brownout)
    #expect(Set(thresholds).count > 3, "the load moved nothing, so the test shows nothing")
  }
}
