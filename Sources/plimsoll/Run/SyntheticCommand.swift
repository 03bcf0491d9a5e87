import ArgumentParser
import LocalCluster

/// What `plimsoll run` starts for a replica of a synthetic service; nobody else needs it.
struct SyntheticCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "synthetic",
    abstract: "Be one replica of a synthetic service.",
    discussion: """
      Listens on the port in the environment's PORT; burns the CPU time and makes the calls that PLAN \
      states. GET /health and /metrics answer for themselves, every other path names an operation.
      """,
    shouldDisplay: false
  )

  @Argument(help: "The service's plan, a file that plimsoll run writes.")
  var plan: String

  @Option(help: "Which replica this is; replicas draw different random numbers.")
  var ordinal: UInt64 = 0

  func run() async throws {
    try await SyntheticServer(planPath: plan, ordinal: ordinal).run()
  }
}
