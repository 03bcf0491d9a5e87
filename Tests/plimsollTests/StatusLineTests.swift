import Applications
import Control
import OrderedCollections
import Testing

@testable import plimsoll

@Suite struct StatusLineTests {
  private let application = Application(
    metadata: Application.Metadata(name: "shop"),
    spec: Application.Spec(
      entryPoints: [
        Application.EntryPoint(
          name: "buy",
          service: "cart",
          operation: "buy",
          slo: SLO(quantile: 0.999, bound: .milliseconds(200))
        )
      ],
      services: [Application.Service(name: "cart"), Application.Service(name: "stock")]
    )
  )

  private func service(ready: Int, of desired: Int, millicores: Double) -> ServiceObservation {
    ServiceObservation(
      desiredReplicaCount: desired,
      resources: Resources(),
      replicas: (0..<ready).map {
        ReplicaObservation(ordinal: $0, phase: .ready, startedAt: .zero, resources: Resources())
      },
      signals: [.cpuUsage: Signal(millicores, .millicores)]
    )
  }

  private func text(_ signals: Signals, ready: Int = 2) -> String {
    let observation = Observation(
      time: .seconds(65),
      services: [
        "cart": service(ready: ready, of: 2, millicores: 250),
        "stock": service(ready: 1, of: 1, millicores: 1000),
      ],
      entryPoints: ["buy": signals]
    )
    return StatusLine(observation, of: application).text
  }

  @Test func `a quiet application says little`() {
    #expect(text([:]) == "1:05 | 3 replicas ready | 0/s | CPU 1.25")
  }

  @Test func `latency stands against its promise`() {
    let rate = Signal(12.34, .requestsPerSecond)
    #expect(
      text([.requestRate: rate, .latencyAtSLO: Signal(0.0421, .seconds)])
        == "1:05 | 3 replicas ready | 12.3/s | buy p99.9 42 ms of 200ms | CPU 1.25"
    )
    #expect(text([.latencyAtSLO: Signal(0.3, .seconds)]).contains("buy p99.9 300 ms OVER 200ms"))
    #expect(text([.latencyAtSLO: Signal(0.0012, .seconds)]).contains("buy p99.9 1.2 ms of 200ms"))
  }

  @Test func `services that are not in full are named, errors only if there are any`() {
    let rate = Signal(40, .requestsPerSecond)
    let line = text([.requestRate: rate, .errorRatio: Signal(0.025, .ratio)], ready: 0)
    #expect(line.contains("1 replica ready, cart 0/2 |"))
    #expect(line.contains("| 40/s, errors 2.5 % |"))
    #expect(!text([.requestRate: rate, .errorRatio: Signal(0, .ratio)]).contains("errors"))
  }
}
