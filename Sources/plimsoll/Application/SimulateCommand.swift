import Applications
import ArgumentParser
import Control
import Foundation
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

  @Argument(help: "The application; - is standard input.")
  var application: String

  @Option(help: "Requests per second: a number, or a file with one number a line.")
  var load: String

  @Option(help: "How long each line of the file holds.")
  var step = TimeSinceStart(duration: .seconds(1))

  @Option(help: "Multiply the load by this.")
  var scale = 1.0

  @Option(
    help: "How long to simulate; the file's length if left out, and ten minutes at a constant rate."
  )
  var duration: TimeSinceStart?

  @Option(
    help: "The policy that scales, with its parameters; see plimsoll policies. None if left out."
  )
  var policy: String?

  @Option(help: "The seed of everything that is left to chance.")
  var seed: UInt64 = 0

  @Option(help: "Mean time after which a replica crashes; never if left out.")
  var crashAfter: TimeSinceStart?

  @Option(help: "The share of signals that never reach the policy, 0 to 1.")
  var missingSignals = 0.0

  @Flag(help: "Print JSON, with the state at every observation.")
  var json = false

  func validate() throws {
    guard scale > 0, scale.isFinite else { throw ValidationError("--scale must be above 0.") }
    guard (0...1).contains(missingSignals) else {
      throw ValidationError("--missing-signals must be between 0 and 1.")
    }
    guard step.duration > .zero else { throw ValidationError("--step must be above 0.") }
  }

  func run() async throws {
    let run = try prepare()
    let chosen = try policy.map { choice in
      let setting = PolicySetting(
        application: run.application,
        seed: seed,
        foresight: run.foresight
      )
      return try PolicyRegistry.standard.policy(choice, for: setting)
    }
    let report = await run.run(policy: chosen)
    print(json ? try Self.text(report) : report.text)
  }

  private func prepare() throws -> SimulationRun {
    let document = try Application(parsing: TextFile.text(at: application))
    let (trace, length) = try readLoad()
    var run = SimulationRun(
      document,
      load: trace.scaled(by: scale),
      duration: duration?.duration ?? length,
      seed: seed
    )
    run.faults.meanTimeToCrash = crashAfter?.duration
    run.signalFaults.missing = missingSignals
    return run
  }

  /// The load, and how long it is meant to last.
  private func readLoad() throws -> (RateTrace, Duration) {
    if let rate = Double(load) {
      guard rate >= 0, rate.isFinite else {
        throw ValidationError("--load \(load): a rate is a number of requests per second.")
      }
      return (.constant(rate), .seconds(600))
    }
    do {
      let trace = try RateTrace(parsing: TextFile.text(at: load), step: step.duration)
      return (trace, trace.duration)
    } catch let error as RateTraceError {
      throw CommandFailure.unreadableFile(path: load, reason: "\(error)")
    }
  }

  private static func text(_ report: SimulationReport) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(report), as: UTF8.self)
  }
}
