import Applications
import ArgumentParser

/// Writes the application that traces show.
struct DiscoverCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "discover",
    abstract: "Learn an app.yaml from traces, or see how one differs from them.",
    discussion: """
      Calls, probabilities, repetition, parallelism (from overlapping spans) and own times come from the traces; \
      resources, replicas and SLOs are yours to add. Own time includes waiting, so use traces of a lightly \
      loaded system.
      """
  )

  @Option(help: "OTLP JSON or Jaeger JSON; - is standard input.")
  var traces: String

  @Option(help: "An app.yaml: print how it differs from the traces instead.")
  var against: String?

  @Option(help: "Where to write the app.yaml instead of standard output.")
  var output: String?

  @Option(help: "The application's name.")
  var name = "discovered"

  func run() throws {
    let discovery = Discovery(try spans(), named: name)
    for note in discovery.notes { Terminal.writeError("note: \(note)\n") }
    let document = header(of: discovery) + discovery.application.yaml
    if let output { try TextFile.write(document, to: output) }
    if let against {
      try printDifference(from: against, to: discovery)
    } else if output == nil {
      print(document, terminator: "")
    }
  }

  private func spans() throws -> [Span] {
    do {
      return try TraceFile.spans(in: try TextFile.bytes(at: traces))
    } catch let error as TraceError {
      throw CommandFailure.unreadableFile(path: traces, reason: error.description)
    }
  }

  private func header(of discovery: Discovery) -> String {
    "# Discovered from \(discovery.traceCount) traces with \(discovery.spanCount) spans.\n"
  }

  private func printDifference(from path: String, to discovery: Discovery) throws {
    let document = try ApplicationFile.read(path)
    let lines = ApplicationDifference(document: document, discovery: discovery).lines
    for line in lines { print(line) }
    if lines.isEmpty { print("\(path) says what the \(discovery.traceCount) traces show") }
  }
}
