import Applications
import Control
import Testing

@testable import Policies

/// Vectors worked out by hand from the recommender of the Vertical Pod Autoscaler.
@Suite struct VPAPolicyTests {
  private let day = Duration.seconds(86_400)

  @Test func `buckets widen by five per cent`() {
    let buckets = DecayingHistogram.Buckets(firstWidth: 0.01, maximum: 1000)
    #expect(buckets.start(of: 0) == 0)
    #expect(abs(buckets.start(of: 1) - 0.01) < 1e-12)
    #expect(abs(buckets.start(of: 2) - 0.0205) < 1e-12)
    #expect(abs(buckets.start(of: 3) - 0.031525) < 1e-12)
    #expect(buckets.index(of: 0.009) == 0)
    #expect(buckets.index(of: 0.0206) == 2)
    #expect(buckets.index(of: 1e9) == buckets.count - 1)
  }

  @Test func `a percentile is the end of its bucket`() {
    var histogram = DecayingHistogram(.init(firstWidth: 1, ratio: 2, maximum: 100))
    #expect(histogram.isEmpty && histogram.percentile(0.9) == 0)
    // Buckets start at 0, 1, 3, 7, 15.
    for value in [0.5, 2, 2, 5] { histogram.add(value, weight: 1, at: .zero) }
    #expect(histogram.percentile(0.25) == 1)
    #expect(histogram.percentile(0.26) == 3)
    #expect(histogram.percentile(0.75) == 3)
    #expect(histogram.percentile(0.76) == 7)
  }

  @Test func `a sample a half-life newer weighs twice as much`() {
    var histogram = DecayingHistogram(.init(firstWidth: 1, ratio: 2, maximum: 100))
    histogram.add(0.5, weight: 2, at: .zero)
    histogram.add(5, weight: 1, at: day)
    // Two of weight four are old: half lies in the first bucket.
    #expect(histogram.percentile(0.5) == 1)
    #expect(histogram.percentile(0.51) == 7)
  }

  @Test func `after years the weights are still numbers`() {
    var histogram = DecayingHistogram(.init(firstWidth: 1, ratio: 2, maximum: 100))
    for index in 0..<2000 { histogram.add(5, weight: 1, at: day * index) }
    #expect(histogram.percentile(0.9) == 7)
    #expect(!histogram.isEmpty)
  }

  @Test func `the target is P90 with 15 per cent on top, and never less than 25 millicores`() throws
  {
    var recommender = UsageRecommender()
    for minute in 0..<1440 {
      recommender.addCPU(cores: 0.5, request: 1, at: .seconds(60 * minute))
    }
    let buckets = DecayingHistogram.Buckets(firstWidth: 0.01, maximum: 1000)
    let end = buckets.start(of: buckets.index(of: 0.5) + 1)
    let cores = try #require(recommender.cores)
    #expect(abs(cores.target - end * 1.15) < 1e-12)
    // A day of samples, one minute short: confidence is 1439/1440.
    let confidence = 1439.0 / 1440
    #expect(abs(cores.upper - end * 1.15 * (1 + 1 / confidence)) < 1e-9)
    let shrunk = 1 + 0.001 / confidence
    #expect(abs(cores.lower - end * 1.15 / (shrunk * shrunk)) < 1e-9)
    var idle = UsageRecommender()
    idle.addCPU(cores: 0, request: 1, at: .zero)
    #expect(idle.cores?.target == 0.025)
  }

  @Test func `of a day's memory only the peak counts, and a kill counts for more`() throws {
    var recommender = UsageRecommender()
    let mebibyte = 1_048_576.0
    for (second, size) in [(0, 300.0), (60, 900), (120, 400)] {
      recommender.addMemory(bytes: size * mebibyte, at: .seconds(second))
    }
    let buckets = DecayingHistogram.Buckets(firstWidth: 1e7, maximum: 1e12)
    func target(_ size: Double) -> Double {
      buckets.start(of: buckets.index(of: size * mebibyte) + 1) * 1.15
    }
    #expect(recommender.bytes?.target == target(900))
    recommender.addKill(limit: 1000 * mebibyte, at: .seconds(180))
    #expect(recommender.bytes?.target == target(1200))
  }

  @Test func `a size within its bounds is left alone for twelve hours`() throws {
    var policy = try VPAPolicy(.web(of: VPAPolicy.descriptor))
    var world = TestWorld(usage: [500])
    var changes: [Duration] = []
    for minute in 1...800 {
      world.time = .seconds(60 * minute)
      guard let action = policy.decide(on: world.situation).actions.first else { continue }
      changes.append(world.time)
      world.service.resources = try #require(action.resources)
      world.service.replicas[0].resources = world.service.resources
    }
    // After 12 h the size of one core is far off the 0.6 that P90 asks for.
    #expect(changes == [.seconds(43_200)])
    let cores = world.service.resources.requests.cpu.cores
    #expect(cores > 0.575 && cores < 0.62)
    #expect(world.service.resources.limits.cpu == world.service.resources.requests.cpu)
  }

  @Test func `a size outside its bounds changes as soon as the history tells`() throws {
    var policy = try VPAPolicy(.web(of: VPAPolicy.descriptor))
    var world = TestWorld(usage: [3000])
    // Three cores ask for 3.45 and more. After two samples a minute apart the lower bound is 5.95 times less, below
    // the one core it has; after three it is 2.96 times less and above.
    for (second, isOutside) in [(60, false), (120, false), (180, true)] {
      world.time = .seconds(second)
      let action = policy.decide(on: world.situation).actions.first
      #expect((action != nil) == isOutside, "after \(second) s")
      guard let resources = action?.resources else { continue }
      #expect(resources.requests.cpu.cores >= 3.45 && resources.requests.cpu.cores < 3.63)
      #expect(resources.limits.cpu == resources.requests.cpu)
    }
  }
}
