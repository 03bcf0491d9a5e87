import Applications
import Control
import Testing

@testable import Policies

@Suite struct ForecastPolicyTests {
  /// `web` with this load; each request costs 10 ms of CPU, each replica asks for one core.
  private func world(_ rate: Double, replicas: Int, at second: Int) -> TestWorld {
    var world = TestWorld(usage: Array(repeating: 10 * rate / Double(replicas), count: replicas))
    world.time = .seconds(second)
    world.service.signals[.requestRate] = Signal(rate, .requestsPerSecond, window: .seconds(5))
    world.service.signals[.cpuUsage] = Signal(10 * rate, .millicores, window: .seconds(5))
    return world
  }

  private func policy(_ parameters: String) throws -> ForecastPolicy {
    try ForecastPolicy(.web(parameters, of: ForecastPolicy.descriptor))
  }

  @Test func `it provides for the target at the upper bound of the forecast`() throws {
    var policy = try policy("method=ewma,target=0.5,step=5s,season=1h")
    var desired = 0
    // 200 requests/s use two cores: four replicas at 50 %, and one more for a bound a tenth higher.
    for step in 1...3 {
      desired = world(200, replicas: 4, at: 5 * step).desired(by: &policy)
    }
    #expect(desired == 5)
  }

  @Test func `it orders replicas before a peak that was there a season ago`() throws {
    var policy = try policy(
      "method=seasonal-naive,target=0.5,step=5s,season=100s,scale-down-window=5s"
    )
    /// Quiet for 75 s, then four times the load for 25 s.
    func rate(_ second: Int) -> Double { second % 100 < 75 ? 100 : 400 }
    var replicas = 3
    var atPeak: [Int] = []
    for second in stride(from: 5, through: 400, by: 5) {
      // A reading is the rate over the five seconds before.
      replicas = world(rate(second - 5), replicas: replicas, at: second).desired(by: &policy)
      if second % 100 == 75, second > 100 { atPeak.append(replicas) }
    }
    // Without a measured start-up time it looks one step ahead: at 75 s it must have begun to grow.
    #expect(atPeak.allSatisfy { $0 > 3 } && atPeak.count == 3, "\(atPeak)")
  }

  @Test func `an unknown load or cost changes nothing, and says so`() throws {
    var policy = try policy("")
    let decision = policy.decide(on: TestWorld(usage: [500]).situation)
    #expect(decision.actions.isEmpty && decision.holds.map(\.service) == ["web"])
  }

  @Test func `a forecaster that was trained must be given`() throws {
    let setting = try PolicySetting.web("method=trained", of: ForecastPolicy.descriptor)
    #expect(throws: PolicyError.needsForecaster(policy: "forecast")) { try ForecastPolicy(setting) }
    var given = setting
    given.forecaster = PersistenceForecaster()
    var policy = try ForecastPolicy(given)
    let decision = policy.decide(on: world(100, replicas: 1, at: 5).situation)
    #expect(decision.actions.first?.replicaCount == 2)
  }

  @Test(arguments: ["season=5s", "step=0s", "method=tarot", "season=400d,step=1ms", "target=0"])
  func `parameters that cannot be meant are refused`(parameters: String) {
    #expect(throws: PolicyError.self) { try policy(parameters) }
  }
}
