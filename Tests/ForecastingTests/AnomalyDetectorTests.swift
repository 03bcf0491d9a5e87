import Applications
import Control
import OrderedCollections
import Simulation
import Testing

@testable import Forecasting

/// Slow-downs in a small town; whole applications are measured by `make bench-anomalies`.
@Suite struct AnomalyDetectorTests {
  private static let interval = 15

  /// A front that calls a shop, which calls a store, and a second shop that nobody slows down.
  private func application() throws -> Application {
    func service(_ name: String, milliseconds: Int, calls: [String]) -> String {
      let called = calls.map { "      - {service: \($0), operation: work}\n" }.joined()
      return """
          - name: \(name)
            resources: {requests: {cpu: 500m, memory: 64Mi}, limits: {cpu: 500m, memory: 64Mi}}
            operations:
            - name: work
              work: {cpu: \(milliseconds)ms, variability: 0.5}
        \(calls.isEmpty ? "" : "      calls:\n" + called)
        """
    }
    let services = [
      service("front", milliseconds: 1, calls: ["shop", "other"]),
      service("shop", milliseconds: 2, calls: ["store"]),
      service("other", milliseconds: 2, calls: []),
      service("store", milliseconds: 1, calls: []),
    ]
    return try Application(
      parsing: """
        apiVersion: plimsoll.dev/v1alpha1
        kind: Application
        metadata: {name: town}
        spec:
          entryPoints:
          - name: work
            service: front
            operation: work
            weight: 1
          services:
        \(services.joined(separator: "\n"))
        """
    )
  }

  @Test(arguments: ["front", "shop", "store"])
  func `a slow-down is found, and the slow service is named before its callers`(
    slow: ServiceName
  ) throws {
    let application = try application()
    let index = try #require(application.services.firstIndex { $0.name == slow })
    var faults = FaultPlan()
    faults.timed.append(.init(at: .seconds(900), .rework(service: index, to: 3)))
    faults.timed.append(.init(at: .seconds(1050), .rework(service: index, to: 1)))
    let world = SimulatedWorld(application, load: .constant(20), faults: faults, seed: 3)
    var detector = AnomalyDetector(application)
    var causes: [ServiceName?] = []
    for second in stride(from: Self.interval, through: 1200, by: Self.interval) {
      causes.append(detector.judge(world.observe(at: .seconds(second))).cause)
    }
    // Observations are 15 s apart: the sixtieth is the last before the slow-down, which ten of them see.
    let (before, during, after) = (causes[..<60], causes[60..<70], causes[70...])
    #expect(during.count { $0 == slow } >= 9, "\(during)")
    #expect((before + after).count { $0 != nil } <= 1)
  }
}

@Suite struct ResidualBaselineTests {
  private func baseline(_ count: Int) -> ResidualBaseline {
    var baseline = ResidualBaseline()
    let noise = Loads.wave(count: count, season: 10, level: 1, swing: 0, noise: 0.03)
    for (index, factor) in noise.enumerated() {
      let load = 10 + Double(index % 30)
      baseline.learn(.init(load: load, latency: factor / (60 - load)))
    }
    return baseline
  }

  @Test func `a latency is judged by what is usual at its load`() throws {
    let baseline = baseline(200)
    for load in [12.0, 25, 38] {
      let usual = try #require(baseline.residual(of: .init(load: load, latency: 1 / (60 - load))))
      #expect(abs(usual.deviations) < 4, "at \(load)")
      let slow = try #require(baseline.residual(of: .init(load: load, latency: 2 / (60 - load))))
      #expect(slow.deviations > 5 && slow.ratio > 1.7, "at \(load)")
    }
  }

  @Test func `nothing is said of loads that are not known, nor with few samples`() {
    #expect(baseline(200).residual(of: .init(load: 80, latency: 1)) == nil)
    #expect(baseline(200).residual(of: .init(load: 5, latency: 1)) == nil)
    #expect(baseline(19).residual(of: .init(load: 15, latency: 1)) == nil)
    #expect(baseline(20).residual(of: .init(load: 15, latency: 1)) != nil)
  }
}

@Suite struct ScreeningProfilerTests {
  private static let application = Application(
    metadata: Application.Metadata(name: "test"),
    spec: Application.Spec(entryPoints: [], services: [Application.Service(name: "a")])
  )

  /// `a` with so much CPU per request and a latency that goes with it.
  private func observation(_ second: Int, milliseconds: Double) -> Observation {
    let resources = Resources(ResourceAmount(cpu: Millicores(1000), memory: .mebibytes(64)))
    var service = ServiceObservation(desiredReplicaCount: 1, resources: resources)
    service.replicas = [
      ReplicaObservation(ordinal: 0, phase: .ready, startedAt: .zero, resources: resources)
    ]
    let window = Duration.seconds(15)
    service.signals[.requestRate] = Signal(50, .requestsPerSecond, window: window)
    service.signals[.latencyP50] = Signal(milliseconds / 1000, .seconds, window: window)
    service.signals[.cpuUsage] = Signal(50 * milliseconds, .millicores, window: window)
    return Observation(time: .seconds(second), services: ["a": service])
  }

  @Test func `what is unfit is not learnt from, until it has lasted so long that it is the rule`() {
    var profiler = ScreeningProfiler(
      MovingProfiler(Self.application, smoothing: 1),
      detector: AnomalyDetector(Self.application)
    )
    func cost(_ second: Int, _ milliseconds: Double) -> Duration? {
      profiler.profile(observation(second, milliseconds: milliseconds)).services["a"]?.cpuPerRequest
    }
    for step in 1...30 { #expect(cost(15 * step, 4) == .milliseconds(4)) }
    for step in 31...50 {
      #expect(cost(15 * step, 8) == .milliseconds(4))
      #expect(profiler.report.cause == "a")
    }
    #expect(cost(15 * 51, 8) == .milliseconds(8))
    #expect(profiler.report.unfit.isEmpty)
  }
}
