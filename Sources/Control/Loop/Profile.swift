package import Applications
package import OrderedCollections

/// What the observations so far say about how each service behaves.
package struct Profile: Hashable, Sendable, Codable {
  package var services: OrderedDictionary<ServiceName, ServiceProfile>

  package init(services: OrderedDictionary<ServiceName, ServiceProfile> = [:]) {
    self.services = services
  }
}

/// One service's behaviour; nil is "not known yet".
package struct ServiceProfile: Hashable, Sendable, Codable {
  /// CPU time per request, smoothed.
  package var cpuPerRequest: Duration?
  /// From the order to start until ready: the slowest of the recent starts, or what the application states.
  package var startupTime: Duration

  package init(cpuPerRequest: Duration? = nil, startupTime: Duration) {
    self.cpuPerRequest = cpuPerRequest
    self.startupTime = startupTime
  }
}

/// Learns a profile from observations; a pure value, like a policy.
package protocol Profiler: Sendable {
  mutating func profile(_ observation: Observation) -> Profile
}

/// Smooths what is observed, and remembers how long starts took.
package struct MovingProfiler: Profiler {
  /// The weight of the newest reading, 0...1.
  private let smoothing: Double
  private var profile: Profile

  package init(_ application: Application, smoothing: Double = 0.2) {
    self.smoothing = smoothing
    profile = Profile(
      services: OrderedDictionary(
        application.services.map { ($0.name, ServiceProfile(startupTime: $0.startupTime)) },
        uniquingKeysWith: { first, _ in first }
      )
    )
  }

  package mutating func profile(_ observation: Observation) -> Profile {
    for (name, service) in observation.services {
      guard profile.services[name] != nil else { continue }
      profile.services[name]?.observe(service, smoothing: smoothing)
    }
    return profile
  }
}

extension ServiceProfile {
  fileprivate mutating func observe(_ service: ServiceObservation, smoothing: Double) {
    if let rate = service.signals[.requestRate], let usage = service.signals[.cpuUsage],
      rate.value > 0, rate.quality == .good, usage.quality == .good
    {
      let latest = usage.value / 1000 / rate.value
      let known = cpuPerRequest?.seconds ?? latest
      cpuPerRequest = .seconds(known + smoothing * (latest - known))
    }
    let starts = service.replicas.compactMap(\.observedStartupTime)
    startupTime = starts.max() ?? startupTime
  }
}

extension ReplicaObservation {
  /// How long this replica's start took; nil until it is ready, and after it was unready once.
  fileprivate var observedStartupTime: Duration? {
    guard phase == .ready, restartCount == 0, let readinessChangedAt else { return nil }
    return readinessChangedAt - startedAt
  }
}
