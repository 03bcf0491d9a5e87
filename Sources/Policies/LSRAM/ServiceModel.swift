import Applications
import Glibc
import OrderedCollections

/// One service's profile, kept true to the speed at which it works now.
///
/// The profile is assumed from the CPU time that the application states and its variation. After stage two of our
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
  init?(_ service: Application.Service, _ demand: ServiceDemand, quantile: Double) {
    guard let visits = demand.visits[service.name], visits > 0,
      let busySeconds = demand.seconds[service.name], busySeconds > 0
    else { return nil }
    bounds = service.replicas
    cost = service.cost.perHour(service.resources.requests)
    self.visits = visits
    let each = busySeconds / visits
    stated = LoadLatencyProfile(
      assuming: each,
      variability: demand.variability[service.name] ?? 0,
      quantile: quantile
    )
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
  /// One replica as a queue of one server with this mean and variation of its work.
  ///
  /// Waiting grows as Kingman's heavy-traffic bound says, `(1 + c²)/2` times an exponential queue's; an idle replica's quantile is that
  /// of log-normal work. Nothing is assumed above 85 % of the capacity.
  fileprivate init(assuming busySeconds: Double, variability: Double, quantile: Double) {
    let exponential = -log(max(1e-6, 1 - quantile))
    let idle = busySeconds * LogNormal.quantile(quantile, variability: variability)
    let scale = min(exponential * (1 + variability * variability) / 2, idle / busySeconds)
    self.init(
      base: idle - scale * busySeconds,
      scale: scale,
      capacity: 1 / busySeconds,
      testedRate: 0.85 / busySeconds
    )
  }
}
