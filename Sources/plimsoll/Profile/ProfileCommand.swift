import Applications
import ArgumentParser
import Control
import Forecasting
import Foundation
import Simulation
import Web

/// Measures each service alone under rising load, and keeps the curves for policies that plan by them.
struct ProfileCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Measure how each service's latency grows with its load.",
    discussion: """
      One replica of each service, of the size that the application states and without its calls to others, meets a \
      load that rises step by step to its capacity, in the simulated world. For example:
        plimsoll profile app.yaml --output profiles.json
        plimsoll simulate app.yaml --load rates.txt --policy lsram --profiles profiles.json
      """
  )

  @Argument(help: "The application; - is standard input.")
  var application: String

  @Option(help: "Fixes every random choice.")
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Where the curves are written.", valueName: "file"))
  var output = "profiles.json"

  func run() async throws {
    let document = try TextFile.text(at: application)
    let application = try ApplicationFile.parse(document, from: application)
    var profiles = ServiceProfiles(
      provenance: "plimsoll \(plimsollVersion) profile; "
        + TextFile.provenance(of: Array(document.utf8), at: self.application) + "; seed \(seed)"
    )
    var rows: [[String]] = []
    for service in application.services {
      let curve = await Self.curve(service.name, application, seed: seed)
      profiles.services[service.name.rawValue] = curve
      rows.append(curve?.row(service.name) ?? [service.name.rawValue] + Self.unknown)
    }
    try profiles.write(to: output)
    print(TextTable(header: Self.header, rows: rows).text)
    Terminal.writeError("wrote \(output)\n")
  }

  private static func curve(
    _ name: ServiceName,
    _ application: Application,
    seed: UInt64
  ) async -> LoadLatencyCurve? {
    guard let sweep = ServiceSweep(name, of: application),
      let cores = application.service(name)?.resources.limits.cpu.cores
    else { return nil }
    let samples = await sweep.readings(seed: seed).compactMap { LoadLatencySample($0.signals) }
    return LoadLatencyFit(samples).curve(quantile: LoadLatencySample.quantile, cores: cores)
  }

  private static let header = [
    "service", "cores", "capacity", "tested up to", "P95 idle", "at half", "at the highest",
    "error",
  ]
  private static let unknown = [
    "–", "–", "–", "–", "–", "–", "not called, or its work is not stated",
  ]
}

extension LoadLatencySample {
  /// The quantile that is read.
  fileprivate static let quantile = 0.95

  /// Nil where nothing was answered.
  fileprivate init?(_ signals: Signals) {
    guard let rate = signals[.requestRate], let latency = signals[.latencyP95] else { return nil }
    self.init(rate: rate.value, latency: latency.value)
  }
}

extension LoadLatencyCurve {
  fileprivate func row(_ name: ServiceName) -> [String] {
    func milliseconds(_ rate: Double) -> String {
      latency(at: rate).map { "\(($0 * 10_000).rounded() / 10) ms" } ?? "–"
    }
    return [
      name.rawValue, "\(cores)", "\(capacity.rounded()) requests/s", "\(testedRate.rounded())",
      milliseconds(0), milliseconds(capacity / 2), milliseconds(testedRate),
      "\((error * 100).rounded()) %",
    ]
  }
}
