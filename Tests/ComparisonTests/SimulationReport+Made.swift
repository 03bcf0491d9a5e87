import Applications

@testable import Simulation

extension SimulationReport {
  /// An hour with ten windows, or so many, at one entry point and half a core of one service.
  init(broken: Int, of windowCount: Int = 10, cost: Double) {
    self.init(
      application: "made",
      policy: nil,
      seed: 0,
      duration: 3600,
      entryPoints: [
        EntryPoint(
          name: "in",
          requestCount: 100,
          failedCount: 5,
          mean: 0.1,
          p50: 0.1,
          p95: 0.2,
          p99: 0.3,
          promise: Promise(
            quantile: 0.95,
            bound: 0.2,
            keptShare: 0.9,
            windowCount: windowCount,
            brokenWindowCount: broken
          )
        )
      ],
      services: [
        Service(
          name: "front",
          meanReplicaCount: 2,
          peakReplicaCount: 3,
          requestedCores: 0.5,
          usedCores: 0.2,
          throttledShare: 0,
          cost: cost
        )
      ],
      cost: cost,
      spanCount: 100,
      timeline: []
    )
  }
}

extension SimulationReport.Moment {
  /// A moment at one entry point of one service.
  static func made(_ time: Double, replicas: Int, broken: Int = 0) -> SimulationReport.Moment {
    SimulationReport.Moment(
      time: time,
      rates: [10],
      p95: [0.1],
      latencyAtSLO: [0.125],
      brokenWindowCounts: [broken],
      readyReplicaCounts: [replicas],
      usedCores: [0.1],
      cost: time / 1000
    )
  }
}
