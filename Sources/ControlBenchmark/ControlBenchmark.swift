import Applications
import Control
import OrderedCollections

/// Measures a tick of the control loop in the worst case: every service changes, with reasons and evidence.
///
/// usage: ControlBenchmark [SERVICES] [TICKS]; prints Markdown.
@main
struct ControlBenchmark {
  static func main() async {
    let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
    let serviceCount = numbers.first ?? 5000
    let tickCount = numbers.count > 1 ? numbers[1] : 40
    let application = Application.wide(serviceCount)
    let world = SteadyWorld(application)
    print("| guardrails | services | replicas | actions a tick | median ms | slowest ms |")
    print("| --- | --- | --- | --- | --- | --- |")
    for (name, guardrails) in [("essential", Guardrails.essential), ("standard", .standard)] {
      let journal = CountingJournal()
      var loop = ControlLoop(
        application,
        policy: RestlessPolicy(),
        guardrails: guardrails,
        source: world,
        actuator: world,
        journal: journal
      )
      let clock = ContinuousClock()
      var times: [Duration] = []
      for tick in 0..<tickCount {
        let elapsed = await clock.measure { await loop.tick(at: .seconds(15 * tick)) }
        times.append(elapsed)
      }
      times.sort()
      let row: [String] = [
        name, "\(serviceCount)", "\(serviceCount * SteadyWorld.replicaCount)",
        "\(journal.verdictCount / tickCount)", "\(times[tickCount / 2].milliseconds)",
        "\(times[tickCount - 1].milliseconds)",
      ]
      print("| \(row.joined(separator: " | ")) |")
    }
  }
}

extension Duration {
  /// To a tenth.
  fileprivate var milliseconds: Double { (seconds * 10_000).rounded() / 10 }
}

/// Counts what it is given and keeps nothing.
private final class CountingJournal: Journal {
  private(set) var verdictCount = 0

  func record(_ entry: JournalEntry) { verdictCount += entry.verdicts.count }
  func record(_ outcome: Outcome) {}
}

/// A world that always shows the same, signals of every kind included.
private final class SteadyWorld: MetricSource, Actuator {
  static let replicaCount = 3
  private var observation: Observation

  init(_ application: Application) {
    let window = Duration.seconds(15)
    let signals: Signals = [
      .requestRate: Signal(120, .requestsPerSecond, window: window),
      .errorRatio: Signal(0.001, .ratio, window: window),
      .latencyP50: Signal(0.01, .seconds, window: window),
      .latencyP95: Signal(0.05, .seconds, window: window),
      .latencyP99: Signal(0.09, .seconds, window: window),
      .concurrency: Signal(2.5, .requests, window: window),
      .queueLength: Signal(0.5, .requests, window: window),
      .cpuUsage: Signal(270, .millicores, window: window),
      .memoryUsage: Signal(100e6, .bytes),
    ]
    observation = Observation(time: .zero)
    for service in application.services {
      let replicas = (0..<Self.replicaCount).map { ordinal in
        ReplicaObservation(
          ordinal: ordinal,
          phase: .ready,
          startedAt: .zero,
          readinessChangedAt: .seconds(4),
          resources: service.resources,
          signals: [
            .cpuUsage: Signal(90, .millicores, window: window),
            .memoryUsage: Signal(90e6, .bytes),
            .concurrency: Signal(0.9, .requests, window: window),
          ]
        )
      }
      observation.services[service.name] = ServiceObservation(
        desiredReplicaCount: Self.replicaCount,
        resources: service.resources,
        replicas: replicas,
        signals: signals
      )
    }
  }

  func observe(at now: Duration) -> Observation {
    observation.time = now
    return observation
  }

  func apply(_ actions: [Action], at now: Duration) -> [ActionResult] { actions.map { _ in .done } }
}

/// Wants every service changed at every tick, up and down in turn.
private struct RestlessPolicy: Policy {
  static let descriptor = PolicyDescriptor(
    name: "restless",
    summary: "Changes every service at every tick.",
    interval: .seconds(15),
    place: Taxonomy(
      directions: [.horizontal, .vertical],
      trigger: .reactive,
      technique: .rule,
      objectives: [.sla]
    )
  )
  private var round = 0

  mutating func decide(on situation: Situation) -> Decision {
    round += 1
    var decision = Decision()
    for (name, service) in situation.observation.services {
      guard let usage = service.signals[.cpuUsage] else { continue }
      let utilisation = usage.value / Double(service.resources.requests.cpu.count * 3)
      let reason = Reason(
        "CPU at \(Int(utilisation * 100)) % of the request, target 60 %",
        numbers: [.init("utilisation", utilisation, .ratio), .init("target", 0.6, .ratio)],
        evidence: [.init(.cpuUsage, usage)]
      )
      var resources = service.resources
      resources.requests.cpu = Millicores(100 + round % 7)
      let count = service.desiredReplicaCount + (round.isMultiple(of: 2) ? 1 : -1)
      decision.actions.append(
        Action(name, replicaCount: count, resources: resources, because: reason)
      )
    }
    return decision
  }
}

extension Application {
  fileprivate static func wide(_ count: Int) -> Application {
    let services = (0..<count).map {
      Service(
        name: ServiceName("service-\($0)"),
        replicas: ReplicaBounds(initial: 3, minimum: 1, maximum: 20),
        operations: [Operation(name: "get")]
      )
    }
    let entry = EntryPoint(name: "get", service: "service-0", operation: "get")
    return Application(
      metadata: Metadata(name: "wide"),
      spec: Spec(entryPoints: [entry], services: services)
    )
  }
}
