import Applications
import ArgumentParser
import Control
import Journaling

/// Says why the controller did what it did.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show decisions from a journal: what was done, why, and what came of it."
  )

  @Argument(help: "The journal.")
  var journal = "plimsoll-journal.sqlite"

  @Option(help: "Only decisions about this service.")
  var service: String?

  @Option(help: "Only decisions from this time on, since the run began: 10m, 1h30m.")
  var from: TimeSinceStart = .init(duration: .zero)

  @Option(help: "Only decisions up to this time.")
  var to: TimeSinceStart?

  @Option(help: "At most this many, the newest.")
  var last = 20

  @Option(name: .customLong("run"), help: "Which run of the journal; the newest if left out.")
  var chosenRun: Int?

  @Flag(help: "Show also what was left as it is, and signals that were ignored.")
  var all = false

  @Flag(help: "List the runs in the journal.")
  var runs = false

  func validate() throws {
    guard last > 0 else { throw ValidationError("--last must be at least 1.") }
  }

  func run() throws {
    let reader = try JournalReader(path: journal)
    let known = try reader.runs()
    guard !runs else { return known.forEach { print(Self.line($0)) } }
    let chosen = chosenRun.map { wanted in known.first { $0.id == Int64(wanted) } } ?? known.last
    guard let chosen else {
      let ids = known.map { "\($0.id)" }.joined(separator: ", ")
      throw ValidationError(known.isEmpty ? "\(journal) holds no run." : "Runs are \(ids).")
    }
    print(Self.line(chosen))
    let found = try reader.explanations(of: chosen.id, matching: query)
    for explanation in found { print(explanation) }
    if found.isEmpty { print("No decision matches.") }
  }

  private var query: JournalReader.Query {
    let start = from.duration.seconds
    return JournalReader.Query(
      service: service,
      seconds: start...max(start, to?.duration.seconds ?? .greatestFiniteMagnitude),
      limit: last,
      includesHolds: all
    )
  }

  private static func line(_ run: JournalReader.Run) -> String {
    "run \(run.id): \(run.application) in the \(run.world) world, begun \(run.startedAt), "
      + "\(run.decisionCount) decisions"
  }
}

/// A duration on the command line.
struct TimeSinceStart: ExpressibleByArgument {
  let duration: Duration

  init(duration: Duration) { self.duration = duration }

  init?(argument: String) {
    guard let duration = Duration(quantity: argument) else { return nil }
    self.duration = duration
  }

  var defaultValueDescription: String { duration.quantity }
}
