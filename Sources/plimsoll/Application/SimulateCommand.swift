import ArgumentParser
import Comparison
import Control
import Foundation
import Journaling
import Policies
import Simulation

/// Runs an application in the simulated world and reports what its users saw and what it cost.
struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Run app.yaml under load in the simulated world: what if?",
    discussion: """
      Discrete events on a virtual clock: the same seed gives the same run. For example:
        plimsoll simulate Examples/social-network.yaml --load 50 --duration 10m
        plimsoll simulate app.yaml --load rates.txt --policy hpa:target=0.6
      """
  )

  @OptionGroup var simulation: SimulationOptions

  @Option(
    help: "The policy that scales, with its parameters; see plimsoll policies. None if left out."
  )
  var policy: String?

  @OptionGroup var learned: LearnedOptions

  @Option(help: "The seed of everything that is left to chance.")
  var seed: UInt64 = 0

  @Option(help: "Write what the policy sees, for plimsoll replay.")
  var record: String?

  @Flag(help: "Print JSON, with the state at every observation.")
  var json = false

  func validate() throws {
    if record != nil, policy == nil {
      throw ValidationError(
        "--record needs a --policy that is shown something; static changes nothing."
      )
    }
  }

  func run() async throws {
    let scenario = try simulation.scenario()
    let run = scenario.run(seed: seed)
    let chosen = try policy.map { choice in
      let setting = try learned.setting(run.application, seed: seed, foresight: run.foresight)
      return try PolicyRegistry.standard.policy(choice, for: setting)
    }
    var seen: [Observation] = []
    let report = await run.run(policy: chosen) { if record != nil { seen.append($0) } }
    if let record {
      let origin = Recording.Origin(
        world: "simulated",
        command: CommandLine.text,
        document: scenario.document,
        foresight: run.foresight
      )
      try RecordingFile(path: record).write(Recording(origin, observations: seen))
    }
    print(json ? try Self.text(report) : report.text)
  }

  private static func text(_ report: SimulationReport) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(report), as: UTF8.self)
  }
}
