import Applications
import Control
import Testing

@testable import Policies

@Suite struct ThreeSigmaPolicyTests {
  @Test func `the need is the mean and three deviations of what the window holds`() {
    var window = UsageWindow(length: .seconds(30))
    window.add(cores: 9, at: .seconds(0))
    for second in 1...3 { window.add(cores: Double(second), at: .seconds(30 + second)) }
    #expect(window.mean == 2 && window.standardDeviation == 1)
    #expect(window.need(sigmas: 3) == 5)
  }

  private func shape(_ need: Double, from count: Int) -> ReplicaShape {
    ReplicaShape(holding: need, from: count, sizes: 0.2...1, counts: 1...10, step: 0.1)
  }

  @Test func `the size changes first, the count where the size has come to its bounds`() {
    func expect(_ need: Double, from current: Int, _ count: Int, _ cores: Double) {
      let shape = shape(need, from: current)
      #expect(shape.count == count && abs(shape.cores - cores) < 1e-9, "\(need): \(shape)")
    }
    expect(0.7, from: 1, 1, 0.7)
    expect(1.25, from: 1, 2, 0.7)
    expect(0.3, from: 3, 2, 0.2)
    expect(25, from: 4, 10, 1)
    expect(0, from: 4, 1, 0.2)
  }

  @Test func `a shape holds the need within its bounds`() {
    for current in 1...10 {
      for need in stride(from: 0.05, through: 10, by: 0.05) {
        let shape = shape(need, from: current)
        #expect(Double(shape.count) * shape.cores >= need - 1e-9)
        #expect((0.2 - 1e-9...1 + 1e-9).contains(shape.cores) && (1...10).contains(shape.count))
      }
    }
  }

  /// The document's size is half a core: 0.15 cores of use make it the least, 0.2; 1.5 make it two of 0.8.
  @Test func `one decision changes size and count`() throws {
    let setting = try PolicySetting.web(of: ThreeSigmaPolicy.descriptor)
    func action(_ cores: Double) throws -> Action? {
      var policy = try ThreeSigmaPolicy(setting)
      var world = TestWorld(usage: [nil])
      world.service.resources = setting.application.services[0].resources
      world.service.signals[.cpuUsage] = Signal(cores * 1000, .millicores, window: .seconds(5))
      return policy.decide(on: world.situation).actions.first
    }
    let small = try action(0.15)
    #expect(small?.replicaCount == nil && small?.resources?.limits.cpu == Millicores(200))
    let large = try action(1.5)
    #expect(large?.replicaCount == 2 && large?.resources?.limits.cpu == Millicores(800))
  }

  @Test func `throttling says that use is not need`() throws {
    let setting = try PolicySetting.web(of: ThreeSigmaPolicy.descriptor)
    var policy = try ThreeSigmaPolicy(setting)
    var latest: Action?
    for tick in 0..<40 {
      var world = TestWorld(usage: [nil])
      world.time = .seconds(5 * tick)
      world.service.resources = setting.application.services[0].resources
      world.service.signals[.cpuUsage] = Signal(400, .millicores, window: .seconds(5))
      world.service.signals[.cpuThrottled] = Signal(0.6, .ratio, window: .seconds(5))
      latest = policy.decide(on: world.situation).actions.first
    }
    // Three times 0.4 cores, the most that throttling may add, is more than the largest size of one core.
    #expect(latest?.replicaCount == 2 && latest?.resources?.limits.cpu == Millicores(600))
  }
}
