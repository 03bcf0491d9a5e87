import Applications
import Simulation

/// How a policy came to rest after a disturbance.
struct Settling {
  /// Seconds from the onset to the first allocation within 5 % of the long-run cost without a violation; nil if there was none.
  let time: Double?
  /// The same for the first allocation from which on all are so; nil if the last one is not.
  let lastingTime: Double?
  /// The mean cost per hour of the last fifth, and before the onset.
  let longRunCost: Double
  let calmCost: Double
  /// The share of the moments of the last fifth in which a promise was broken.
  let longRunViolations: Double

  private static let tolerance = 0.05
  /// Fewer requests than this say too little of a tail.
  private static let leastRequests = 20.0

  /// One observation, with what was paid since the one before.
  private struct Reading {
    var time: Double
    /// Per hour.
    var cost: Double
    var isBroken: Bool
  }

  init(_ report: SimulationReport, of application: Application, onset: Int) {
    let readings = Self.readings(report, application)
    let start = report.duration - (report.duration - Double(onset)) / 5
    let last = readings.filter { $0.time > start }
    longRunCost = last.map(\.cost).mean
    calmCost = readings.filter { (480...Double(onset)).contains($0.time) }.map(\.cost).mean
    longRunViolations = last.map { $0.isBroken ? 1 : 0 }.mean
    let after = readings.filter { $0.time > Double(onset) }
    let isAtRest = { [longRunCost] (reading: Reading) in
      !reading.isBroken && abs(reading.cost / longRunCost - 1) <= Self.tolerance
    }
    time = after.first(where: isAtRest).map { $0.time - Double(onset) }
    lastingTime = after.suffix(while: isAtRest).first.map { $0.time - Double(onset) }
  }

  private static func readings(_ report: SimulationReport, _ application: Application)
    -> [Reading]
  {
    zip(report.timeline, report.timeline.dropFirst()).map { before, moment in
      let seconds = moment.time - before.time
      let isBroken = application.entryPoints.indices.contains { entry in
        guard let slo = application.entryPoints[entry].slo, let latency = moment.p95[entry],
          let rate = moment.rates[entry], rate * seconds >= leastRequests
        else { return false }
        return latency > slo.bound.seconds
      }
      return Reading(
        time: moment.time,
        cost: (moment.cost - before.cost) / seconds * 3600,
        isBroken: isBroken
      )
    }
  }
}

extension Array {
  /// The longest end all of whose elements satisfy a condition.
  fileprivate func suffix(while isIncluded: (Element) -> Bool) -> ArraySlice<Element> {
    self[(lastIndex { !isIncluded($0) }.map { $0 + 1 } ?? startIndex)...]
  }
}

extension [Double] {
  var mean: Double { isEmpty ? .nan : reduce(0, +) / Double(count) }

  /// The middle one; of an even number the lower of the two.
  var median: Double { isEmpty ? .nan : sorted()[(count - 1) / 2] }
}
