package import Simulation

/// What is kept of a finished run.
package struct RunRecord: Hashable, Sendable, Codable {
  package var key: RunKey
  /// Without its timeline, which ``series`` sums up.
  package var report: SimulationReport
  package var series: RunSeries
  /// Changes that the policy made.
  package var changeCount: Int

  package init(_ key: RunKey, _ report: SimulationReport, changeCount: Int) {
    self.key = key
    self.report = report
    self.changeCount = changeCount
    series = RunSeries(report.timeline, duration: report.duration)
    self.report.timeline = []
  }
}

extension RunRecord {
  private var promises: [SimulationReport.Promise] { report.entryPoints.compactMap(\.promise) }

  var promisesAnything: Bool { !promises.isEmpty }

  /// Windows over all promises, and those of them in which a promise was broken.
  var windowCount: Int { promises.reduce(0) { $0 + $1.windowCount } }
  var brokenWindowCount: Int { promises.reduce(0) { $0 + $1.brokenWindowCount } }

  /// The share of windows in which the promise was kept; nil where no window was complete.
  var keptWindowShare: Double? { shareKept(of: windowCount, broken: brokenWindowCount) }

  /// Reserved, whether used or not.
  var coreHours: Double {
    report.services.reduce(0) { $0 + $1.requestedCores } * report.duration / 3600
  }

  var requestCount: Int { report.entryPoints.reduce(0) { $0 + $1.requestCount } }
  var failedCount: Int { report.entryPoints.reduce(0) { $0 + $1.failedCount } }
  /// Requests that failed, over all.
  var failedShare: Double { requestCount == 0 ? 0 : Double(failedCount) / Double(requestCount) }
  var meanReplicaCount: Double { report.services.reduce(0) { $0 + $1.meanReplicaCount } }
}

extension SimulationReport.Promise {
  /// The share of windows in which it was kept; nil where none was complete.
  var keptWindowShare: Double? { shareKept(of: windowCount, broken: brokenWindowCount) }
}

private func shareKept(of count: Int, broken: Int) -> Double? {
  count == 0 ? nil : 1 - Double(broken) / Double(count)
}
