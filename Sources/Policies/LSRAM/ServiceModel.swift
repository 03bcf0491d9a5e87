import Applications
import Glibc

/// One service's profile, kept true to the speed at which it works now.
///
/// The profile is that of exponential sojourn times at the CPU time that the application states. After stage two of our
/// reconstruction: where a request's CPU time differs by more than a tenth in three of five slices, time is stretched by the
/// quotient. The tail's own residual cannot serve, as services report no own time.
struct ServiceModel: Hashable, Sendable {
  let bounds: ReplicaBounds
  let cost: Double
  /// Requests to the service for one to the application, in the mean.
  let visits: Double
  private let stated: LoadLatencyProfile
  private let cpuPerRequest: Double
  /// How many times as slow as stated; 1 until it drifted.
  private(set) var slowdown = 1.0
  private var recent: [Bool] = []

  private static let tolerance = 0.1
  private static let sliceCount = 5
  private static let driftCount = 3

  /// Nil for a service that no request reaches.
  init?(_ service: Application.Service, visits: Double, busySeconds: Double, quantile: Double) {
    guard visits > 0, busySeconds > 0 else { return nil }
    bounds = service.replicas
    cost = service.cost.perHour(service.resources.requests)
    self.visits = visits
    let each = busySeconds / visits
    stated = LoadLatencyProfile(assuming: each, quantile: quantile)
    cpuPerRequest = each * service.resources.limits.cpu.cores
  }

  var profile: LoadLatencyProfile { slowdown == 1 ? stated : stated.slowed(by: slowdown) }

  /// Takes the CPU time of a request as it is now.
  mutating func observe(cpuPerRequest latest: Double?) {
    guard let latest, latest > 0, cpuPerRequest > 0 else { return }
    let ratio = latest / cpuPerRequest
    recent.append(abs(ratio / slowdown - 1) > Self.tolerance)
    if recent.count > Self.sliceCount { recent.removeFirst() }
    guard recent.count(where: \.self) >= Self.driftCount else { return }
    recent.removeAll()
    slowdown = ratio
  }
}

extension LoadLatencyProfile {
  /// Exponential sojourn times at a replica that a request keeps busy for so long; nothing is assumed above 85 % of its capacity.
  fileprivate init(assuming busySeconds: Double, quantile: Double) {
    self.init(
      scale: -log(max(1e-6, 1 - quantile)),
      capacity: 1 / busySeconds,
      testedRate: 0.85 / busySeconds
    )
  }
}
