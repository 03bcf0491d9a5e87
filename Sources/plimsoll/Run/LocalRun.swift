import Applications
import Control
import Dispatch
import Foundation
import Journaling
import LocalCluster
import Policies
import Routing
import Web

/// The composition root of `plimsoll run`.
struct LocalRun {
  private let command: RunCommand
  private let application: Application
  private let recording: RecordingFile?
  private let policy: (any Policy)?
  private let display = StatusDisplay()

  /// Makes the policy, so that a wrong name is refused before anything is started.
  init(_ command: RunCommand, document: String) throws {
    self.command = command
    application = try ApplicationFile.parse(document, from: command.application)
    let setting = try command.learned.setting(application, seed: command.seed)
    policy = try command.policy.map { try PolicyRegistry.standard.policy($0, for: setting) }
    recording = command.record.map { RecordingFile(path: $0) }
    let origin = Recording.Origin(world: "local", command: CommandLine.text, document: document)
    try recording?.begin(origin)
  }

  /// Runs until the first signal, then takes everything down.
  func run() async throws {
    _ = DescriptorLimit.raise()
    let (signals, signalled) = AsyncStream.makeStream(of: Never.self)
    let watch = ShutdownSignals.watch { signalled.finish() }
    defer { watch.cancel() }
    let cluster = try await LocalCluster.start(application, options())
    announce(cluster)
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await cluster.run() }
      tasks.addTask { [display, application] in await Self.show(cluster, application, on: display) }
      if let policy {
        tasks.addTask { [self] in await control(cluster, policy) }
      }
      for await _ in signals {}
      tasks.cancelAll()
    }
    display.note(
      "stopping: requests may end within \(command.drainTimeout) s; once more ends at once"
    )
    await cluster.stop(within: .seconds(command.drainTimeout))
    display.note("stopped; nothing is left running")
  }

  private func options() throws -> LocalClusterOptions {
    var options = try LocalClusterOptions(for: application, state: command.state)
    (options.host, options.port, options.seed) = (command.host, command.port, command.seed)
    options.report = { [display] event in
      display.note(event.isWarning ? "! \(event)" : "  \(event)")
    }
    return options
  }

  /// Adds to the recording; one that cannot be written stops nothing.
  private func keep(_ observation: Observation) {
    do {
      try recording?.append(observation)
    } catch {
      display.note("! the recording misses a moment: \(error.localizedDescription)")
    }
  }

  /// Lets the policy decide at its own pace, and tells what it decided.
  private func control(_ cluster: LocalCluster, _ policy: any Policy) async {
    let journal = SQLiteJournal(
      SQLiteJournal.Configuration(
        path: command.journal,
        application: application.name,
        world: "local",
        startedAt: Date.now.formatted(.iso8601)
      ),
      report: { [display] in display.note("! \($0)") }
    )
    var guardrails = Guardrails.standard
    guardrails.mode = command.dryRun ? .dryRun : .act
    var loop = ControlLoop(
      application,
      policy: policy,
      guardrails: guardrails,
      source: ObservationRecorder(cluster, keep: keep),
      actuator: cluster,
      journal: journal
    )
    while !Task.isCancelled {
      let entry = await loop.tick(at: cluster.now)
      for verdict in entry.verdicts { display.note("\(Explanation(.action(verdict), in: entry))") }
      try? await Task.sleep(for: loop.interval)
    }
  }

  private func announce(_ cluster: LocalCluster) {
    let count = application.services.count
    var lines = [
      "plimsoll \(plimsollVersion) runs \(application.name):"
        + " \(count) \(count == 1 ? "service" : "services") on this machine"
    ]
    for entry in application.entryPoints {
      let url = "http://\(command.host):\(cluster.gateway.port)/\(entry.name)"
      let promise = entry.slo.map { slo in
        "p\(StatusLine.percentile(slo.quantile)) within \(slo.bound.quantity)"
      }
      lines.append("  \(url)" + (promise.map { "  (\($0))" } ?? ""))
    }
    lines.append(cluster.limitations.isEmpty ? "  limits: control groups" : "  limits: see below")
    Terminal.write(lines.joined(separator: "\n") + "\n")
  }

  /// Shows how the application does, every second on a terminal and every ten seconds elsewhere.
  private static func show(
    _ cluster: LocalCluster,
    _ application: Application,
    on display: StatusDisplay
  ) async {
    var history = ObservationHistory()
    let interval = Duration.seconds(Terminal.errorIsTerminal ? 1 : 10)
    while !Task.isCancelled {
      try? await Task.sleep(for: interval)
      guard !Task.isCancelled else { return }
      let (observation, latest) = await cluster.observe(since: history)
      history = latest
      display.show(StatusLine(observation, of: application).text)
    }
  }
}

extension Explanation {
  /// One decision of a round that has just been.
  init(_ matter: Matter, in entry: JournalEntry) {
    self.init(time: entry.time, policy: entry.policy, mode: entry.mode, matter: matter)
  }

  /// Everything that was decided in a round.
  static func all(of entry: JournalEntry) -> [Explanation] {
    let matters =
      entry.verdicts.map { Matter.action($0) } + entry.holds.map { Matter.hold($0) }
      + entry.complaints.map { Matter.complaint($0) }
    return matters.map { Explanation($0, in: entry) }
  }
}
