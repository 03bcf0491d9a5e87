import ArgumentParser
import Comparison
import Foundation
import OrderedJSON
import Policies

/// Runs policies side by side over the same load and seeds, and reports who kept the promise at what cost.
struct CompareCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Run scaling policies side by side and report what each kept and cost.",
    discussion: """
      Writes report.html, report.md, runs.csv and summary.json. Every finished run is kept in OUTPUT/runs, so \
      an interrupted comparison goes on where it was when the same command is given again; other inputs make \
      other runs. For example:
        plimsoll compare app.yaml --load rates.txt --policies static,hpa,kpa:target=10,oracle --output report
      """
  )

  @OptionGroup var simulation: SimulationOptions

  @Option(help: "Which policies, parted by commas, with their parameters; see plimsoll policies.")
  var policies: String

  @Option(help: "Where they run: simulated.")
  var world = World.simulated

  @Option(help: "How many seeds each policy runs with, from 0 on.")
  var seeds = 5

  @Option(help: ArgumentHelp("Where to write the reports and the runs.", valueName: "folder"))
  var output: String

  enum World: String, ExpressibleByArgument {
    case simulated, local
  }

  func validate() throws {
    guard (1...10_000).contains(seeds) else {
      throw ValidationError("--seeds must be between 1 and 10000, but is \(seeds).")
    }
    guard world == .simulated else {
      throw ValidationError(
        "--world local is not there yet: a local run takes real time and this whole machine. Compare in"
          + " --world simulated, and try one policy for real with plimsoll run --policy."
      )
    }
  }

  func run() async throws {
    let plan = try ComparisonPlan(
      simulation.scenario(),
      policies: PolicyChoice.list(policies, in: .standard),
      seedCount: seeds,
      registry: .standard
    )
    let folder = try RunFolder(path: "\(output)/runs")
    let progress = ComparisonProgress()
    let watch = ShutdownSignals.watch { [output] in
      progress.clear()
      Terminal.writeError(
        "interrupted; what is finished is kept in \(output)/runs, and the same command goes on\n"
      )
      Foundation.exit(130)
    }
    defer { watch.cancel() }
    // Each run computes on a core of its own.
    let width = min(2, ProcessInfo.processInfo.activeProcessorCount)
    let records = try await ComparisonRun(plan, folder: folder, width: width).records {
      progress.take($0)
    }
    try write(ComparisonReport(plan, records, command: Self.commandLine))
  }

  private func write(_ report: ComparisonReport) throws {
    let files = [
      ("report.html", report.html), ("report.md", report.markdown), ("runs.csv", report.csv),
      ("summary.json", report.json.prettyText),
    ]
    for (name, text) in files { try TextFile.write(text, to: "\(output)/\(name)") }
    print(report.findings.joined(separator: "\n"))
    Terminal.writeError("wrote \(files.map { "\(output)/\($0.0)" }.joined(separator: ", "))\n")
  }

  /// This process's own, as a shell reads it.
  private static var commandLine: String {
    let arguments = CommandLine.arguments.dropFirst().map { argument in
      let isPlain = argument.allSatisfy { $0.isLetter || $0.isNumber || "-_./:,=+@%".contains($0) }
      return isPlain && !argument.isEmpty
        ? argument : "'" + argument.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
    return (["plimsoll"] + arguments).joined(separator: " ")
  }
}
