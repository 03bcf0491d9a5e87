package import Applications
package import Control
import OrderedCollections

/// A world that can be checked: Control's seams, and time that passes under load.
package protocol ConformingWorld: MetricSource, Actuator {
  var application: Application { get }
  /// Lets so much of the world's time pass while requests enter; answers the time since the world began.
  func pass(_ duration: Duration) async -> Duration
}

/// What every world owes the controller, whichever it is; run by the tests of each.
///
/// Every check takes a fresh world and answers in sentences what is not as it should be. The load must reach the
/// first service of the application, and one of its replicas must be able to carry it.
package enum WorldConformance {
  package static let checks:
    [(name: String, check: @Sendable (any ConformingWorld) async -> [String])] = [
      ("observations follow the document", { await observationsFollowTheDocument($0) }),
      ("signals keep their names' words", { await signalsKeepTheirWords($0) }),
      ("load shows in the signals", { await loadShows($0) }),
      ("scaling up and down arrives", { await scalingArrives($0) }),
      ("a resize is live", { await resizeIsLive($0) }),
      ("answers keep the order of the actions", { await answersKeepOrder($0) }),
    ]

  private static func observationsFollowTheDocument(_ world: some ConformingWorld) async -> [String]
  {
    var findings = Findings()
    for _ in 0..<2 {
      let now = await world.pass(.seconds(3))
      let observation = await world.observe(at: now)
      findings.expect(
        observation.time == now,
        "it was observed at \(now), it says \(observation.time)"
      )
      findings.expect(
        Array(observation.services.keys) == world.application.services.map(\.name),
        "services are \(observation.services.keys)"
      )
      findings.expect(
        Array(observation.entryPoints.keys) == world.application.entryPoints.map(\.name),
        "entry points are \(observation.entryPoints.keys)"
      )
      for service in world.application.services {
        guard let seen = observation.services[service.name] else { continue }
        let ordinals = seen.replicas.map(\.ordinal)
        findings.expect(
          Set(ordinals).count == ordinals.count,
          "replicas of \(service.name) share an ordinal: \(ordinals)"
        )
        findings.expect(
          seen.desiredReplicaCount == service.replicas.initial,
          "\(service.name) begins with \(seen.desiredReplicaCount) replicas"
        )
        findings.expect(seen.resources == service.resources, "\(service.name) has another size")
      }
    }
    return findings.sentences
  }

  private static func signalsKeepTheirWords(_ world: some ConformingWorld) async -> [String] {
    var findings = Findings()
    var last = Duration.zero
    for _ in 0..<3 {
      let now = await world.pass(.seconds(4))
      let observation = await world.observe(at: now)
      for (subject, signals) in observation.subjects {
        for entry in signals.entries {
          let (name, signal) = (entry.name, entry.signal)
          findings.expect(signal.unit == name.unit, "\(name) of \(subject) is in \(signal.unit)")
          findings.expect(
            signal.value.isFinite && signal.value >= 0,
            "\(name) of \(subject) is \(signal.value)"
          )
          findings.expect(signal.age >= .zero, "\(name) of \(subject) is \(signal.age) old")
          let isLong = name == .latencyAtSLO
          findings.expect(
            signal.window <= (isLong ? now : now - last) + .milliseconds(500),
            "\(name) of \(subject) covers \(signal.window), the last observation was \(now - last) ago"
          )
        }
      }
      last = now
    }
    return findings.sentences
  }

  private static func loadShows(_ world: some ConformingWorld) async -> [String] {
    var findings = Findings()
    _ = await world.observe(at: await world.pass(.seconds(3)))
    let observation = await world.observe(at: await world.pass(.seconds(6)))
    guard let first = world.application.services.first,
      let service = observation.services[first.name]
    else { return ["the application has no service"] }
    for name in [SignalName.requestRate, .cpuUsage, .concurrency, .latencyP50, .latencyP95] {
      findings.expect(
        (service.signals[name]?.value ?? 0) > 0,
        "\(name) of \(first.name) is missing"
      )
    }
    let limit = Double(first.resources.limits.cpu.count * service.replicas.count)
    // One period's quota more may fall into the window.
    let usage = service.signals[.cpuUsage]?.value ?? 0
    findings.expect(
      usage <= limit * 1.05 + 10,
      "\(first.name) used \(usage) of \(limit) millicores"
    )
    for (name, signals) in observation.entryPoints {
      findings.expect((signals[.requestRate]?.value ?? 0) > 0, "nobody comes to \(name)")
    }
    return findings.sentences
  }

  private static func scalingArrives(_ world: some ConformingWorld) async -> [String] {
    var findings = Findings()
    guard let service = world.application.services.first else { return ["there is no service"] }
    let wanted = service.replicas.initial + 2
    for count in [wanted, service.replicas.initial] {
      let now = await world.pass(.seconds(2))
      let answers = await world.apply(
        [Action(service.name, replicaCount: count, because: Reason("the kit asks"))],
        at: now
      )
      findings.expect(answers == [.done], "\(count) replicas: \(answers)")
      let desired = await world.observe(at: await world.pass(.milliseconds(100)))
        .services[service.name]?.desiredReplicaCount
      findings.expect(desired == count, "told \(count) replicas, it wants \(desired ?? -1)")
      let settled = service.startupTime + service.drainTime + .seconds(5)
      let seen = await world.observe(at: await world.pass(settled)).services[service.name]
      findings.expect(
        seen?.readyReplicaCount == count && seen?.replicas.count == count,
        "told \(count) replicas, it has \(seen?.replicas.map(\.phase.rawValue) ?? [])"
      )
    }
    return findings.sentences
  }

  private static func resizeIsLive(_ world: some ConformingWorld) async -> [String] {
    var findings = Findings()
    guard let service = world.application.services.first else { return ["there is no service"] }
    let before = await world.observe(at: await world.pass(.seconds(3)))
    var size = service.resources
    size.limits.cpu = Millicores(size.limits.cpu.count * 2)
    _ = await world.apply(
      [Action(service.name, resources: size, because: Reason("the kit asks"))],
      at: before.time
    )
    let after = await world.observe(at: await world.pass(.seconds(2))).services[service.name]
    findings.expect(after?.resources == size, "the service was resized and says otherwise")
    findings.expect(
      after?.replicas.map(\.ordinal) == before.services[service.name]?.replicas.map(\.ordinal),
      "replicas were exchanged for a resize"
    )
    findings.expect(
      after?.replicas.allSatisfy { $0.phase == .ready && $0.restartCount == 0 } == true,
      "replicas were disturbed by a resize"
    )
    return findings.sentences
  }

  private static func answersKeepOrder(_ world: some ConformingWorld) async -> [String] {
    var findings = Findings()
    guard let service = world.application.services.first else { return ["there is no service"] }
    let now = await world.pass(.seconds(2))
    let reason = Reason("the kit asks")
    let answers = await world.apply(
      [
        Action("no-such-service", replicaCount: 2, because: reason),
        Action(service.name, replicaCount: service.replicas.initial, because: reason),
      ],
      at: now
    )
    findings.expect(answers.count == 2, "two actions have \(answers.count) answers")
    findings.expect(answers.first != .done, "a service that is not there was scaled")
    findings.expect(answers.last == .done, "a change to what is already: \(answers)")
    return findings.sentences
  }
}

/// Collects what is not as it should be.
private struct Findings {
  private(set) var sentences: [String] = []

  mutating func expect(_ condition: Bool, _ sentence: @autoclosure () -> String) {
    if !condition { sentences.append(sentence()) }
  }
}

extension Observation {
  /// Everything that has signals, with a name for a person.
  fileprivate var subjects: [(subject: String, signals: Signals)] {
    var subjects: [(subject: String, signals: Signals)] = []
    for (name, service) in services {
      subjects.append(("service \(name)", service.signals))
      for replica in service.replicas {
        subjects.append(("replica \(name)-\(replica.ordinal)", replica.signals))
      }
    }
    for (name, signals) in entryPoints { subjects.append(("entry point \(name)", signals)) }
    return subjects
  }
}
