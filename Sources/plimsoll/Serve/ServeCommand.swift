import ArgumentParser
import Tensors

/// Serves a model over HTTP until it is told to stop.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve a model with an OpenAI-compatible API.",
    discussion: """
      The first SIGTERM or SIGINT stops new requests and lets running ones finish; the second ends the \
      server at once. API keys may also come from PLIMSOLL_API_KEY.
      """
  )

  @Argument(help: "A Hugging Face model folder; the model that ships if left out.")
  var model: String?

  @OptionGroup(title: "Network") var network: NetworkOptions
  @OptionGroup(title: "Engine") var engine: EngineOptions
  @OptionGroup(title: "Service") var service: ServiceOptions
  @OptionGroup(title: "Brownout") var brownout: BrownoutOptions
  @OptionGroup(title: "Logging") var logging: LogOptions

  @Option(help: "The name under which clients ask for the model; its folder's name if left out.")
  var servedModelName: String?

  @Option(
    help: ArgumentHelp("How long running requests may go on at shutdown.", valueName: "seconds")
  )
  var drainTimeout = 30.0

  func validate() throws {
    guard drainTimeout >= 0, drainTimeout <= 86_400 else {
      throw ValidationError("--drain-timeout must be between 0 and 86400, but is \(drainTimeout).")
    }
    if let servedModelName, servedModelName.isEmpty {
      throw ValidationError("--served-model-name must not be empty.")
    }
  }

  func run() async throws {
    try await ModelServer(command: self).run()
  }
}

/// What the engine may use and how far it may go.
struct EngineOptions: ParsableArguments {
  @Option(help: "How weights are kept in memory; float32 is exact, int8 is fast.")
  var weights = WeightFormatArgument.int8

  @Flag(inversion: .prefixedNo, help: "Keep rounded weights of large models beside them on disk.")
  var weightCache = true

  @Option(help: "Threads that compute; one for each usable core if left out.")
  var threads: Int?

  @Option(help: "The longest prompt and answer together, in tokens; the model's own if left out.")
  var maxModelLen: Int?

  @Option(help: "Memory for the KV cache, such as 512MiB; half of what is free if left out.")
  var kvMemory: ByteSize?

  @Option(help: "Requests that may wait; more are answered with 429.")
  var maxQueue = 1_024

  @Option(help: "Sequences that are worked on at once.")
  var maxRunning = 256

  @Flag(inversion: .prefixedNo, help: "Share the KV cache between prompts that begin alike.")
  var prefixCaching = true

  @Option(
    help: ArgumentHelp("A file that gets a line of numbers for every step.", valueName: "file")
  )
  var stepLog: String?

  func validate() throws {
    try check("--threads", threads, 1...4_096)
    try check("--max-model-len", maxModelLen, 2...Int(Int32.max))
    try check("--max-queue", maxQueue, 1...1_000_000)
    try check("--max-running", maxRunning, 1...65_536)
  }

  private func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError(
      "\(name) must be between \(range.lowerBound) and \(range.upperBound), but is \(value)."
    )
  }
}

/// `WeightFormat` on the command line.
enum WeightFormatArgument: String, ExpressibleByArgument, CaseIterable {
  case float32, bfloat16, int8, int4

  var format: WeightFormat {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .int8: .int8
    case .int4: .int4
    }
  }
}
