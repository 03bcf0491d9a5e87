import Applications
import OrderedCollections

/// Remembers what signals were like before each action, and compares once the action has had time to tell.
struct OutcomeTracker: Sendable {
  /// What is compared, of the service and of the entry points.
  private static let serviceSignals: [SignalName] = [.latencyP95, .cpuUsage, .queueLength]
  private static let entryPointSignals: [SignalName] = [.latencyAtSLO, .errorRatio]
  /// On top of the service's start-up time, so that a window of signals fits.
  private static let settlingTime = Duration.seconds(60)

  private struct Pending {
    let tick: Int
    let service: ServiceName
    let due: Duration
    let before: [Outcome.Change]
  }

  private let startupTimes: OrderedDictionary<ServiceName, Duration>
  private var pending: [Pending] = []

  init(_ application: Application) {
    startupTimes = OrderedDictionary(
      application.services.map { ($0.name, $0.startupTime) },
      uniquingKeysWith: { first, _ in first }
    )
  }

  /// Starts to follow the actions of a round that the world accepted.
  mutating func follow(_ entry: JournalEntry, from observation: Observation) {
    for verdict in entry.verdicts where verdict.result?.isAccepted == true {
      let service = verdict.proposed.service
      let delay = (startupTimes[service] ?? .zero) + Self.settlingTime
      let before = readings(of: service, in: observation)
        .map { Outcome.Change(subject: $0.subject, name: $0.name, before: $0.value, after: nil) }
      pending.append(
        Pending(tick: entry.tick, service: service, due: entry.time + delay, before: before)
      )
    }
  }

  /// The outcomes whose time has come.
  mutating func due(in observation: Observation) -> [Outcome] {
    let ripe = pending.filter { $0.due <= observation.time }
    guard !ripe.isEmpty else { return [] }
    pending.removeAll { $0.due <= observation.time }
    return ripe.map { outcome(of: $0, in: observation) }
  }

  private func outcome(of action: Pending, in observation: Observation) -> Outcome {
    let after = readings(of: action.service, in: observation)
    let changes = zip(action.before, after).map { before, after in
      var change = before
      change.after = after.value
      return change
    }
    return Outcome(
      tick: action.tick,
      service: action.service,
      time: observation.time,
      changes: changes.filter { $0.before != nil || $0.after != nil }
    )
  }

  /// What is compared, always the same list in the same order.
  private func readings(
    of service: ServiceName,
    in observation: Observation
  ) -> [(subject: String, name: SignalName, value: Double?)] {
    let signals = observation.services[service]?.signals
    let own = Self.serviceSignals.map { (service.rawValue, $0, signals?[$0]?.value) }
    return own
      + observation.entryPoints.flatMap { name, signals in
        Self.entryPointSignals.map { (name.rawValue, $0, signals[$0]?.value) }
      }
  }
}
