import ArgumentParser
import Foundation
import LoadGeneration
import NIOCore
import NIOHTTP1
import Plotting

/// Loads any HTTP server at a rate that does not depend on how it answers.
struct LoadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load",
    abstract: "Load an HTTP server at planned times and measure its latency.",
    discussion: """
      Latency counts from when a request was due, so a server that falls behind cannot slow the clock down \
      (coordinated omission). Ctrl-C ends the run and reports what has finished.
      """
  )

  enum Gaps: String, ExpressibleByArgument, CaseIterable {
    case poisson, uniform
  }

  @Argument(help: "What to request, such as http://127.0.0.1:8080/cart.")
  var url: String

  @Option(help: "Requests per second.")
  var rate: Double?

  @Option(help: "Rates one after the other, such as 50x30s,200x10s.")
  var steps: StepsArgument?

  @Option(help: ArgumentHelp("A file with a rate on each line, one per second.", valueName: "file"))
  var trace: String?

  @Option(help: "Multiplies every rate.")
  var scaleRate = 1.0

  @Option(help: "Multiplies every duration of steps or a trace.")
  var scaleTime = 1.0

  @Option(help: "How long requests are sent, such as 90s; 10 s for a single rate if left out.")
  var duration: DurationArgument?

  @Option(help: "How requests are spread within a rate: at random, or evenly.")
  var gaps = Gaps.poisson

  @Option(help: "A number that makes the same arrivals again.")
  var seed: UInt64 = 1

  @Option(help: "The HTTP method.")
  var method = "GET"

  @Option(help: "The body of each request; @FILE reads one.")
  var body: String?

  @Option(
    help: ArgumentHelp(
      "A header of each request, such as 'Accept: text/html'.",
      valueName: "header"
    )
  )
  var header: [HeaderArgument] = []

  @Option(help: "How long after it was due a request counts as failed.")
  var timeout = DurationArgument(.seconds(30))

  @Option(help: "Connections that may be open at once; requests beyond wait, which counts.")
  var connections = 1_024

  @Option(help: ArgumentHelp("A folder for load.json, load.md and load.svg.", valueName: "folder"))
  var output: String?

  func validate() throws {
    guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
      throw ValidationError("URL must begin with http:// or https://, but is '\(url)'.")
    }
    guard URL(string: url)?.host() ?? "" != "" else {
      throw ValidationError(
        "URL must name a host, as http://127.0.0.1:8080/cart does, but is '\(url)'."
      )
    }
    guard [rate != nil, steps != nil, trace != nil].count(where: \.self) == 1 else {
      throw ValidationError("Give one of --rate, --steps and --trace.")
    }
    for (name, value) in [
      ("--rate", rate ?? 1), ("--scale-rate", scaleRate), ("--scale-time", scaleTime),
    ] where !(value > 0 && value.isFinite) {
      throw ValidationError("\(name) must be above 0, but is \(value).")
    }
    guard (1...1_000_000).contains(connections) else {
      throw ValidationError("--connections must be between 1 and 1000000, but is \(connections).")
    }
  }

  func run() async throws {
    _ = DescriptorLimit.raise()
    let profile = try profile()
    let body = try bodyBytes()
    let (report, failure) = try await LoadClient.with(
      connectionLimit: connections,
      timeout: timeout.duration
    ) { client in
      let run = HTTPLoadRun(
        client: client,
        url: url,
        method: HTTPMethod(rawValue: method.uppercased()),
        headers: HTTPHeaders(header.map { ($0.name, $0.value) }),
        body: body.map { ByteBuffer(bytes: $0) },
        timeout: timeout.duration
      )
      let arrivals = ArrivalTimes(gaps == .poisson ? .poisson : .constant, profile, seed: seed)
      let summary = await run.measure(arrivals, expectedCount: Int(profile.expectedCount))
      return (HTTPLoadReport(description(profile), summary), summary.commonestFailure)
    }
    print(report.markdown, terminator: "")
    if let output {
      try ReportFiles.write(
        named: "load",
        json: report.json,
        markdown: report.markdown,
        svg: report.plots.svg,
        to: output
      )
    }
    if let failure { throw CommandFailure.nothingAnswered(url: url, reason: failure) }
  }

  func profile() throws -> RateProfile {
    if let rate { return .constant(rate * scaleRate, for: duration?.duration ?? .seconds(10)) }
    let whole = try (steps?.profile ?? readTrace()).scaled(rate: scaleRate, time: scaleTime)
    return duration.map { whole.prefix($0.duration) } ?? whole
  }

  private func readTrace() throws -> RateProfile {
    let path = trace ?? ""
    let text = try TextFile.text(at: path)
    do {
      return try RateProfile(parsing: text)
    } catch {
      throw CommandFailure.unreadableFile(path: path, reason: "\(error)")
    }
  }

  private func bodyBytes() throws -> [UInt8]? {
    guard let body, body.hasPrefix("@") else { return body.map { Array($0.utf8) } }
    return try TextFile.bytes(at: String(body.dropFirst()))
  }

  private func description(_ profile: RateProfile) -> RunDescription {
    let source = trace.map { "trace \($0.split(separator: "/").last ?? "")" }
    var facts = [("url", "\(method.uppercased()) \(url)")]
    facts.append(("rate", source ?? rate.map { "\($0) requests/s" } ?? "steps"))
    if scaleRate != 1 { facts.append(("rates scaled by", "\(scaleRate)")) }
    if scaleTime != 1 { facts.append(("times scaled by", "\(scaleTime)")) }
    facts.append(("gaps", gaps.rawValue))
    facts.append(("duration", "\(profile.duration)"))
    facts.append(("connections", "at most \(connections)"))
    return RunDescription(facts + [("timeout", "\(timeout.duration)"), ("seed", "\(seed)")])
  }
}

extension HTTPLoadSummary {
  /// Why nothing was answered without an error: the commonest reason; nil when something was, or nothing was sent.
  fileprivate var commonestFailure: String? {
    guard successCount == 0, failureCount > 0 else { return nil }
    let statuses = statusCounts.map { ("status \($0.key)", $0.value) }
    let reasons = failureCounts.map { ($0.key, $0.value) } + [("no answer in time", timeoutCount)]
    return (statuses + reasons).max { ($0.1, $1.0) < ($1.1, $0.0) }?.0
  }
}
