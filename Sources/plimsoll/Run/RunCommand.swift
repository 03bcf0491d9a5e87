import Applications
import ArgumentParser
import LocalCluster

/// Runs an application on this machine until it is told to stop.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run an application's services on this machine.",
    discussion: """
      Every replica is a process with its own CPU and memory limits (control groups; without the right to \
      them it runs unlimited and says so), behind a router that balances, checks health and drains. Entry \
      points are served at http://HOST:PORT/NAME.

      The first SIGINT or SIGTERM lets requests end and removes everything; the second ends at once, and \
      the next start removes the rest.
      """
  )

  @Argument(help: "The application; - is standard input.")
  var application: String

  @Option(
    help: "The policy that scales, with its parameters; see plimsoll policies. None if left out."
  )
  var policy: String?

  @OptionGroup var learned: LearnedOptions

  @Flag(help: "Let the policy decide and say so, but change nothing.")
  var dryRun = false

  @Option(help: "Where decisions are written, for plimsoll explain.")
  var journal = "plimsoll-journal.sqlite"

  @Option(help: "Write what the policy sees, for plimsoll replay.")
  var record: String?

  @Option(help: "The address to listen on.")
  var host = "127.0.0.1"

  @Option(help: "The port of the entry points; 0 lets the system choose.")
  var port = 8080

  @Option(
    help: ArgumentHelp("Where logs and the record of what runs are kept.", valueName: "folder")
  )
  var state: String?

  @Option(help: "The seed of the services' random numbers and of the policy's.")
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp("How long requests may go on at the end.", valueName: "seconds")
  )
  var drainTimeout = 15.0

  func validate() throws {
    guard (0...65_535).contains(port) else {
      throw ValidationError("--port must be between 0 and 65535, but is \(port).")
    }
    guard drainTimeout >= 0, drainTimeout <= 86_400 else {
      throw ValidationError("--drain-timeout must be between 0 and 86400, but is \(drainTimeout).")
    }
    if dryRun, policy == nil { throw ValidationError("--dry-run needs a --policy that decides.") }
    if record != nil, policy == nil {
      throw ValidationError(
        "--record needs a --policy that is shown something; static changes nothing."
      )
    }
  }

  func run() async throws {
    try await LocalRun(self, document: TextFile.text(at: application)).run()
  }
}
