import Applications
import Control
import Foundation
import Policies
import Simulation

/// Prints, as Markdown, how long each policy takes to settle after a burst, a step and an image of another speed.
@main
struct SettlingComparison {
  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard let path = arguments.first else {
      print("usage: SettlingComparison APP.YAML [REQUESTS-PER-SECOND [SEEDS]]")
      exit(2)
    }
    let numbers = arguments.dropFirst().compactMap(Double.init)
    let application = try Application(parsing: String(contentsOfFile: path, encoding: .utf8))
    let rate = numbers.first ?? 150
    let seeds = (0..<UInt64(numbers.dropFirst().first ?? 5)).map { $0 }
    print("\(application.name) at \(rate) requests/s, \(seeds.count) seeds\n")
    for disturbance in Disturbance.allCases {
      print("## \(disturbance.words)\n\n\(Self.header)")
      for entry in PolicyRegistry.standard.entries {
        let name = entry.descriptor.name
        let runs = try await settlings(name, disturbance, application, rate: rate, seeds)
        print(row(name, runs))
      }
      print()
    }
  }

  private static func settlings(
    _ name: String,
    _ disturbance: Disturbance,
    _ application: Application,
    rate: Double,
    _ seeds: [UInt64]
  ) async throws -> [Settling] {
    var settlings: [Settling] = []
    for seed in seeds {
      let (run, onset) = disturbance.run(application, rate: rate, seed: seed)
      let setting = PolicySetting(
        application: application,
        seed: seed,
        foresight: run.foresight
      )
      let policy = try PolicyRegistry.standard.policy(name, for: setting)
      let report = await run.run(policy: policy)
      settlings.append(Settling(report, of: application, onset: onset))
    }
    return settlings
  }

  // MARK: The table

  private static let header = """
    | policy | first settled after | settled for good after | seeds | cost/h before | cost/h in the long run | broken in the long run |
    | --- | --- | --- | --- | --- | --- | --- |
    """

  private static func row(_ name: String, _ runs: [Settling]) -> String {
    let (first, lasting) = (runs.compactMap(\.time), runs.compactMap(\.lastingTime))
    return "| \(name) | \(times(first)) | \(times(lasting)) "
      + "| \(first.count) and \(lasting.count) of \(runs.count) "
      + "| \(cost(runs.map(\.calmCost))) | \(cost(runs.map(\.longRunCost))) "
      + "| \(Int((runs.map(\.longRunViolations).mean * 100).rounded())) % |"
  }

  private static func times(_ values: [Double]) -> String {
    values.isEmpty ? "never" : "\(seconds(values.median)) (\(range(values)))"
  }

  private static func seconds(_ value: Double) -> String { "\(Int(value.rounded())) s" }

  private static func range(_ values: [Double]) -> String {
    "\(Int((values.min() ?? .nan).rounded())) to \(Int((values.max() ?? .nan).rounded()))"
  }

  private static func cost(_ values: [Double]) -> String {
    "\((values.median * 10_000).rounded() / 10_000)"
  }
}
