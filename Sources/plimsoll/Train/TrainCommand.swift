import ArgumentParser

/// What learns, learns here.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train what the controller can learn beforehand.",
    subcommands: [TrainForecasterCommand.self]
  )
}
