import ArgumentParser
import LoadGeneration

/// Measures a language model server under an open-loop load.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure an OpenAI-compatible server under a load that does not wait for it.",
    discussion: """
      Requests are sent at their planned times whether or not earlier ones are answered, and are timed from \
      those times. TTFT, TPOT, ITL, E2EL and goodput are vLLM's; refused and failed requests count as missed. \
      Ctrl-C ends the run and reports what has finished. To replay recorded lengths, start Plimsoll with \
      --bench-lengths. An API key is taken from PLIMSOLL_API_KEY or OPENAI_API_KEY.
      """
  )

  enum Arrivals: String, ExpressibleByArgument, CaseIterable {
    case poisson, gamma, constant, trace
  }

  @Argument(help: "The server, without a path.")
  var url = ServerURL.local

  @Option(help: "The model's name; the first that the server lists if left out.")
  var model: String?

  @Option(help: "How the server wants to be asked; found out if left out.")
  var server: ServerDialect?

  @OptionGroup(title: "Load") var load: BenchLoadOptions

  @Option(
    name: .customLong("slo"),
    help: ArgumentHelp(
      "A promise, for one class or all, such as interactive:ttft=200ms,tpot=50ms; also e2el.",
      valueName: "promise"
    )
  )
  var objectives: [ObjectiveArgument] = []

  @Option(help: "Requests sent one by one before the run, and not measured.")
  var warmUp = 1

  @Option(help: "How long a request may take before it counts as failed, such as 10m.")
  var timeout = DurationArgument(.seconds(600))

  @Option(
    help: ArgumentHelp(
      "A folder for bench.json, bench.md, bench.svg and requests.csv.",
      valueName: "folder"
    )
  )
  var output: String?

  @Flag(help: "Also write tokens.csv there: when each piece of each answer came.")
  var tokenTimes = false

  func validate() throws {
    guard !tokenTimes || output != nil else {
      throw ValidationError("--token-times needs a folder: give --output.")
    }
    guard (0...1_000).contains(warmUp) else {
      throw ValidationError("--warm-up must be between 0 and 1000, but is \(warmUp).")
    }
    let names = load.classes.map(\.name)
    for objective in objectives {
      guard let name = objective.className, !names.contains(name) else { continue }
      throw ValidationError("--slo names the class '\(name)', which no --class defines.")
    }
  }

  func run() async throws {
    _ = DescriptorLimit.raise()
    let (report, table) = try await LoadClient.with(
      connectionLimit: 65_536,
      timeout: timeout.duration
    ) {
      client in
      let server = try await BenchServer.find(
        at: url.description,
        client,
        apiKey: APIKey.fromEnvironment,
        model: model,
        dialect: server
      )
      let workload = try load.workload(objectives: objectives, contextLimit: server.contextLimit)
      let run = BenchRun(server: server, workload: workload, timeout: timeout.duration)
      for index in 0..<warmUp { try await run.warmUp(index) }
      let (summary, table) = await run.measure()
      return (BenchReport(description(server, run), summary), table)
    }
    print(report.markdown, terminator: "")
    guard let output else { return }
    try ReportFiles.write(report, table, to: output)
    guard tokenTimes else { return }
    try ReportFiles.write(TokenTable(table.records).csv, to: "\(output)/tokens.csv")
  }

  private func description(_ server: BenchServer, _ run: BenchRun) -> RunDescription {
    RunDescription(
      [
        ("server", server.url), ("model", server.model), ("asked as", server.dialect.rawValue),
        ("context", server.contextLimit.map { "\($0) tokens" } ?? "unknown"),
        ("prompts", server.prompts.description),
      ] + load.facts + [("requests planned", "\(run.requests.count)")]
    )
  }
}

extension DurationArgument {
  init(_ duration: Duration) { self.duration = duration }
}
