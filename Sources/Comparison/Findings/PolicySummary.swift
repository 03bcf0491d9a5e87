import Simulation

/// One policy over all seeds.
package struct PolicySummary: Sendable {
  package let choice: PolicyChoice
  /// One a seed, in the order of seeds.
  package let records: [RunRecord]

  /// The share of windows in which the promise was kept.
  package let keptWindows: Spread
  package let brokenWindows: Spread
  package let windows: Spread
  package let coreHours: Spread
  package let cost: Spread
  package let failedShare: Spread
  package let replicas: Spread
  package let changes: Spread

  package init(_ choice: PolicyChoice, _ records: [RunRecord]) {
    func spread(_ value: (RunRecord) -> Double) -> Spread { Spread(records.map(value)) }
    self.choice = choice
    self.records = records
    keptWindows = spread(\.keptWindowShare)
    brokenWindows = spread { Double($0.brokenWindowCount) }
    windows = spread { Double($0.windowCount) }
    coreHours = spread(\.coreHours)
    cost = spread(\.report.cost)
    failedShare = spread(\.failedShare)
    replicas = spread(\.meanReplicaCount)
    changes = spread { Double($0.changeCount) }
  }

  /// The share of windows kept at one entry point; nil where nothing is promised.
  package func keptWindows(at entryPoint: Int) -> Spread? {
    let promises = records.compactMap { $0.report.entryPoints[entryPoint].promise }
    guard promises.count == records.count else { return nil }
    return Spread(
      promises.map {
        $0.windowCount == 0 ? 1 : 1 - Double($0.brokenWindowCount) / Double($0.windowCount)
      }
    )
  }
}
