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

  @OptionGroup var learned: LearnedOptions

  @Option(
    help: ArgumentHelp(
      "Where they run: simulated, or local, one run after the other in real time on this machine.",
      valueName: "world"
    )
  )
  var world = Scenario.World.simulated

  @Option(help: "How many seeds each policy runs with, from 0 on.")
  var seeds = 5

  @Option(help: ArgumentHelp("Where to write the reports and the runs.", valueName: "folder"))
  var output: String

  func validate() throws {
    guard (1...10_000).contains(seeds) else {
      throw ValidationError("--seeds must be between 1 and 10000, but is \(seeds).")
    }
    if world == .local, simulation.crashAfter != nil || simulation.missingSignals > 0 {
      throw ValidationError("--crash-after and --missing-signals are for --world simulated.")
    }
  }

  func run() async throws {
    var scenario = try simulation.scenario()
    scenario.world = world
    let plan = try ComparisonPlan(
      scenario,
      policies: PolicyChoice.list(policies, in: .standard),
      seedCount: seeds,
      registry: .standard,
      learned: learned.inputs(for: scenario.application)
    )
    let folder = try RunFolder(path: "\(output)/runs")
    let progress = ComparisonProgress()
    let runs = comparison(plan, folder)
    let comparing = Task { try await runs.records { progress.take($0) } }
    let watch = ShutdownSignals.watch { [world, output] in
      comparing.cancel()
      // A simulated run leaves nothing behind, and could be stopped only once it is over.
      if world == .simulated { Self.leave(output, progress) }
    }
    defer { watch.cancel() }
    let records = await comparing.result
    if comparing.isCancelled { Self.leave(output, progress) }
    try write(ComparisonReport(plan, records.get(), command: CommandLine.text))
  }

  private static func leave(_ output: String, _ progress: ComparisonProgress) -> Never {
    progress.clear()
    Terminal.writeError(
      "interrupted; what is finished is kept in \(output)/runs, and the same command goes on\n"
    )
    Foundation.exit(130)
  }

  private func comparison(_ plan: ComparisonPlan, _ folder: RunFolder) -> ComparisonRun {
    switch world {
    case .simulated:
      // Each run computes on a core of its own.
      let width = min(2, ProcessInfo.processInfo.activeProcessorCount)
      return ComparisonRun(plan, folder: folder, width: width)
    case .local:
      _ = DescriptorLimit.raise()
      return ComparisonRun(plan, folder: folder, width: 1) { scenario, seed, policy, journal in
        try await LocalTrial(scenario: scenario, seed: seed).run(policy, journal)
      }
    }
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
}

extension Scenario.World: ExpressibleByArgument {}
