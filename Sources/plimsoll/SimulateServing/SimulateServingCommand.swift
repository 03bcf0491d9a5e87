import ArgumentParser
import LoadGeneration
import OrderedJSON
import Scheduling
import Simulation

/// Measures a scheduling policy under a load on a virtual clock: `plimsoll bench` without a server.
struct SimulateServingCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate-serving",
    abstract: "Serve a load with the real scheduler on a virtual clock: what if?",
    discussion: """
      Options and report are those of bench; the same seed asks for the same requests. The machine's pace comes \
      from a step log, which plimsoll serve --step-log writes, or from a pace that --write-pace saved.
      """
  )

  @Option(
    help: ArgumentHelp(
      "A step log of the machine (csv), several to be fitted together, or a saved pace (json).",
      valueName: "file"
    )
  )
  var pace: [String]

  @Option(help: ArgumentHelp("Where to save the fitted pace.", valueName: "file"))
  var writePace: String?

  @OptionGroup(title: "Load") var load: BenchLoadOptions
  @OptionGroup(title: "Engine") var engine: SimulatedServingOptions

  @Option(
    name: .customLong("slo"),
    help: ArgumentHelp(
      "A promise by which answers are judged, such as interactive:ttft=200ms,tpot=50ms; also e2el.",
      valueName: "promise"
    )
  )
  var objectives: [ObjectiveArgument] = []

  @Option(
    help: ArgumentHelp(
      "A folder for bench.json, bench.md, bench.svg, requests.csv and, where lengths are foreseen, forecasts.json.",
      valueName: "folder"
    )
  )
  var output: String?

  func run() async throws {
    let machine = try MachinePace(paths: pace)
    if let text = machine.fitText { Terminal.writeError(text) }
    if let writePace { try ReportFiles.write(machine.json.text + "\n", to: writePace) }
    let workload = try load.workload(objectives: objectives, contextLimit: engine.maxModelLen)
    var tally = RunTally(classes: workload.classes)
    // Kept only where a table of them is asked for.
    var records: [RequestRecord] = []
    let forecasts = Rehearsal(workload, engine, machine.pace).run { record in
      tally.add(record)
      if output != nil { records.append(record) }
    }
    let summary = RunSummary(tally, elapsed: tally.latest, processorTime: .zero)
    let report = BenchReport(description(requestCount: summary.total.offeredCount), summary)
    print(report.markdown, terminator: "")
    guard let output else { return }
    try ReportFiles.write(report, RequestTable(records, classes: workload.classes), to: output)
    let table = ForecastTable(forecasts)
    guard !table.isEmpty else { return }
    try ReportFiles.write(table.json.text + "\n", to: "\(output)/forecasts.json")
  }

  private func description(requestCount: Int) -> RunDescription {
    RunDescription(
      [("server", "simulated"), ("policy", engine.policy.rawValue)]
        + load.facts + [("requests planned", "\(requestCount)")]
    )
  }
}

/// The engine that is simulated.
struct SimulatedServingOptions: ParsableArguments {
  @Option(help: "Who goes first: \(PolicyName.allCases.map(\.rawValue).joined(separator: ", ")).")
  var policy = PolicyName.plimsoll

  @Option(
    help: ArgumentHelp(
      "What the server believes it promises a class, as plimsoll serve --class takes it.",
      valueName: "name=promises"
    )
  )
  var promise: [ServiceClassArgument] = []

  @Option(
    help: ArgumentHelp(
      "A part of the policy plimsoll to do without, or with: \(PlimsollPolicy.Stages.names).",
      valueName: "stage"
    )
  )
  var toggle: [PlimsollStage] = []

  @Option(help: "The longest prompt and answer together, in tokens.")
  var maxModelLen = 2_048

  @Option(help: "KV blocks of 16 tokens.")
  var kvBlocks = 16_384

  @Option(help: "Sequences that are worked on at once.")
  var maxRunning = 256

  @Option(help: "Rows of a step.")
  var maxRows = 272

  @Option(help: "Requests that may wait.")
  var maxQueue = 1_024

  @Option(help: "How long a client waits before it hangs up.")
  var patience: DurationArgument?

  func validate() throws {
    guard maxModelLen > 1, kvBlocks > 0, maxQueue > 0, maxRunning > 0 else {
      throw ValidationError("Sizes must be above 0.")
    }
    guard kvBlocks * 16 >= maxModelLen else {
      throw ValidationError("--kv-blocks must hold --max-model-len tokens, 16 in a block.")
    }
    guard maxRows >= maxRunning + 16 else {
      throw ValidationError("--max-rows must be at least 16 above --max-running.")
    }
  }

  func configuration(_ pace: EnginePace, seed: UInt64) -> SimulatedEngine.Configuration {
    var configuration = SimulatedEngine.Configuration(
      scheduler: Scheduler.Configuration(
        blockCount: kvBlocks,
        blockLength: 16,
        maximumRunningCount: maxRunning,
        maximumRowCount: maxRows
      ),
      policy: policy,
      placeCount: maxRunning + maxQueue,
      pace: pace
    )
    configuration.stages = toggle.reduce(.usual) { $0.symmetricDifference($1.stages) }
    configuration.patience = patience?.duration
    configuration.seed = seed
    return configuration
  }

  var classes: ServiceClassTable {
    promise.reduce(into: ServiceClassTable.usual) { $0.set($1.serviceClass) }
  }
}
