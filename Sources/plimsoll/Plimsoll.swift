import ArgumentParser
import Web

/// The command line: one subcommand per file.
@main
struct Plimsoll: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plimsoll",
    abstract: "Serve language models and keep their latency promise.",
    version: plimsollVersion,
    subcommands: [
      ServeCommand.self, ChatCommand.self, InspectCommand.self, ValidateCommand.self,
      DiscoverCommand.self, ExplainCommand.self, PoliciesCommand.self, BenchCommand.self,
      LoadCommand.self, SimulateCommand.self, SimulateServingCommand.self, CompareCommand.self,
      RunCommand.self, ReplayCommand.self, SyntheticCommand.self, UniteCommand.self,
      EvaluateCommand.self, TrainCommand.self, ProfileCommand.self,
    ]
  )
}
