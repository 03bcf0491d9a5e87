import Applications
import ArgumentParser
import Forecasting
import Foundation
import Web

/// Trains a load forecaster and keeps it as a new version.
struct TrainForecasterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forecaster",
    abstract: "Train a load forecaster on a recorded load.",
    discussion: """
      The file holds one rate per line. Where it is shorter than two seasons it is taken for one day, and a \
      synthetic week is made of it: the day seven times, with levels and noise by the seed and two days like a \
      weekend. What is trained is reported beside seasonal-naive on a load that it has not seen, and written as a \
      new version; no file is ever overwritten. An interrupted run goes on where it stopped. For example:
        plimsoll train forecaster --load monday.txt --hold-out tuesday.txt
        plimsoll simulate app.yaml --load tuesday.txt \\
          --policy forecast:method=trained --forecaster forecasters/gru-0001.safetensors
      """
  )

  @Option(help: ArgumentHelp("The load to learn from: one rate per line.", valueName: "file"))
  var load: String

  @Option(
    help: ArgumentHelp(
      "A load to be judged on; the last season of the load if left out, which is then not learnt from.",
      valueName: "file"
    )
  )
  var holdOut: String?

  @Option(
    help: "What to train: \(ForecastMethod.allCases.map(\.rawValue).joined(separator: ", "))."
  )
  var method = ForecastMethod.gru

  @Option(help: "How long each line of the files holds; whole seconds.")
  var step = TimeSinceStart(duration: .seconds(1))

  @Option(help: "The time that one reading of the forecaster stands for; whole lines.")
  var reading = TimeSinceStart(duration: .seconds(5))

  @Option(help: "After what time the load repeats; the length of the file if left out.")
  var season: TimeSinceStart?

  @Option(help: "How far to look ahead: the start-up time of what is scaled; 30s if left out.")
  var horizon: TimeSinceStart?

  @Option(
    help: ArgumentHelp(
      "An application: the horizon is its slowest start-up time.",
      valueName: "app.yaml"
    )
  )
  var app: String?

  @Option(help: "Units of a network.")
  var units = 64

  @Option(help: "Passes over the load at most; training ends earlier when it no longer helps.")
  var epochs = 40

  @Option(help: "Fixes every random choice.")
  var seed: UInt64 = 0

  @Flag(help: "Train only if the newest version errs more on this load than it did in training.")
  var ifDrifted = false

  @Option(help: ArgumentHelp("Where the versions are kept.", valueName: "folder"))
  var output = "forecasters"

  func validate() throws {
    guard (1...1024).contains(units), (1...10_000).contains(epochs) else {
      throw ValidationError("--units must be 1 to 1024, --epochs 1 to 10000.")
    }
    guard step.duration > .zero, reading.duration >= step.duration else {
      throw ValidationError("--reading must be at least --step, and --step above 0.")
    }
    guard horizon == nil || app == nil else {
      throw ValidationError("Give --horizon or --app, not both.")
    }
  }

  func run() throws {
    let lesson = try ForecastLesson(self)
    let folder = ForecasterFolder(path: output, method: method)
    if ifDrifted, let newest = try folder.newest(), newest.file.method == method {
      let drift = lesson.drift(of: newest.file)
      print(drift.words(path: newest.path))
      guard drift.hasDrifted else { return }
    }
    let trained = try lesson.train(folder)
    print(lesson.report(trained))
    let path = try folder.write(trained.file(provenance: lesson.provenance(trained)))
    print("\nwrote \(path)")
  }
}

extension ForecastMethod: ExpressibleByArgument {}
