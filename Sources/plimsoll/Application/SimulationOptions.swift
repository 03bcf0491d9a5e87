import Applications
import ArgumentParser
import Comparison
import Simulation
import Web

/// What is simulated: an application, its load, and what goes wrong meanwhile.
struct SimulationOptions: ParsableArguments {
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

  @Option(help: "Mean time after which a replica crashes; never if left out.")
  var crashAfter: TimeSinceStart?

  @Option(help: "The share of signals that never reach the policy, 0 to 1.")
  var missingSignals = 0.0

  func validate() throws {
    guard scale > 0, scale.isFinite else { throw ValidationError("--scale must be above 0.") }
    guard (0...1).contains(missingSignals) else {
      throw ValidationError("--missing-signals must be between 0 and 1.")
    }
    guard step.duration > .zero else { throw ValidationError("--step must be above 0.") }
  }

  /// Reads the application and the load.
  func scenario() throws -> Scenario {
    let document = try TextFile.text(at: application)
    let (trace, length) = try readLoad()
    return Scenario(
      try ApplicationFile.parse(document, from: application),
      document: document,
      load: trace.scaled(by: scale),
      duration: duration?.duration ?? length,
      meanTimeToCrash: crashAfter?.duration,
      missingSignals: missingSignals,
      version: plimsollVersion
    )
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
}
