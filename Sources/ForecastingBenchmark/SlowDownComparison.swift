import Applications
import Control
import Forecasting
import Foundation
import Learning
import OrderedCollections
import Randomness
import Simulation

/// Slow-downs injected into simulated applications, and what the detector says of each observation.
struct SlowDownComparison {
  /// Paths of applications.
  let applications: [String]

  private static let interval = 15
  /// Quiet at first, then a slow-down of two minutes in every ten; seconds.
  private static let (quiet, cycle, length) = (900, 600, 120)
  private static let slowDownCount = 8
  private static let seedCount: UInt64 = 3
  private static let requestsPerSecond = 60.0

  /// Observations, by what was injected and what was said.
  private struct Counts {
    var found = 0
    var missed = 0
    var falseAlarms = 0
    /// Found ones of which the slow service was named.
    var named = 0

    var precision: Double { Double(found) / Double(max(found + falseAlarms, 1)) }
    var recall: Double { Double(found) / Double(max(found + missed, 1)) }
    var namedShare: Double { Double(named) / Double(max(found, 1)) }
  }

  func run() throws {
    print("| application | slow observations | precision | recall | the slow service named |")
    print("| --- | --- | --- | --- | --- |")
    for path in applications {
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let application = try Application(parsing: text)
      var counts = Counts()
      for seed in 1...Self.seedCount { try count(application, seed: seed, into: &counts) }
      print(
        "| \(application.name) | \(counts.found + counts.missed) | \(rounded(counts.precision)) |",
        "\(rounded(counts.recall)) | \(rounded(counts.namedShare)) |"
      )
    }
  }

  private func count(_ application: Application, seed: UInt64, into counts: inout Counts) throws {
    let duration = Self.quiet + Self.slowDownCount * Self.cycle
    let (faults, slow) = try slowDowns(application, seed: seed)
    let load = RateTrace(step: .seconds(1), requestsPerSecond: Self.rates(seconds: duration))
    let world = SimulatedWorld(application, load: load, faults: faults, seed: seed)
    var detector = AnomalyDetector(application)
    for second in stride(from: Self.interval, through: duration, by: Self.interval) {
      let report = detector.judge(world.observe(at: .seconds(second)))
      switch (slow.first { $0.key.contains(second - 1) }?.value, report.cause) {
      case (let slow?, let cause?):
        counts.found += 1
        counts.named += cause == slow ? 1 : 0
      case (_?, nil): counts.missed += 1
      case (nil, _?): counts.falseAlarms += 1
      case (nil, nil): break
      }
    }
  }

  /// Services drawn by the seed, each two to four times as slow as it was, and when.
  private func slowDowns(_ application: Application, seed: UInt64) throws -> (
    FaultPlan, [Range<Int>: ServiceName]
  ) {
    let candidates = try application.busyServices
    var generator = SplitMix64(seed: seed)
    var faults = FaultPlan()
    var slow: [Range<Int>: ServiceName] = [:]
    for number in 0..<Self.slowDownCount {
      let start = Self.quiet + number * Self.cycle
      let service = candidates[Int.random(in: candidates.indices, using: &generator)]
      let factor = Double.random(in: 2...4, using: &generator)
      let end = start + Self.length
      slow[start..<end] = application.services[service].name
      faults.timed.append(.init(at: .seconds(start), .rework(service: service, to: factor)))
      faults.timed.append(.init(at: .seconds(end), .rework(service: service, to: 1)))
    }
    return (faults, slow)
  }

  /// A load that wanders by a third, so that the detector must know the load.
  private static func rates(seconds: Int) -> [Double] {
    (0..<seconds).map { requestsPerSecond * (1 + sin(2 * .pi * Double($0) / 1700) / 3) }
  }
}

extension Application {
  /// The indices of services that get at least one request for five to the application: others have nothing to be slow at.
  fileprivate var busyServices: [Int] {
    get throws {
      let graph = try CallGraph(self)
      let visits = graph.visits(of: entryPoints)
      return services.indices.filter { index in
        let share = zip(graph.nodes, visits).reduce(0) { sum, visit in
          sum + (visit.0.service == services[index].name ? visit.1 : 0)
        }
        return share > 0.2
      }
    }
  }
}
