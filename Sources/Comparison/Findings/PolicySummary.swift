import Simulation

/// One policy over all seeds.
package struct PolicySummary: Sendable {
  package let choice: PolicyChoice
  /// One a seed, in the order of seeds.
  package let records: [RunRecord]

  /// The share of windows in which the promise was kept; nil where a run had no complete window.
  package let keptWindows: Spread?
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
    keptWindows = Spread(measured: records.map(\.keptWindowShare))
    brokenWindows = spread { Double($0.brokenWindowCount) }
    windows = spread { Double($0.windowCount) }
    coreHours = spread(\.coreHours)
    cost = spread(\.report.cost)
    failedShare = spread(\.failedShare)
    replicas = spread(\.meanReplicaCount)
    changes = spread { Double($0.changeCount) }
  }

  /// The share of windows kept at one entry point; nil where nothing is promised or a run had no complete window.
  package func keptWindows(at entryPoint: Int) -> Spread? {
    Spread(measured: records.map { $0.report.entryPoints[entryPoint].promise?.keptWindowShare })
  }
}
