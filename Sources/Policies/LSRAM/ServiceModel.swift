import Applications
import Control
import Glibc
import OrderedCollections

/// One service's profile, kept true to the speed at which it works now.
///
/// The profile is the one that was measured for this size and this quantile, or else assumed from the CPU time that the
/// application states and its variation. After stage two of our
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
  init?(
    _ service: Application.Service,
    _ demand: ServiceDemand,
    quantile: Double,
    highestUse: Double,
    measured: LoadLatencyCurve? = nil
  ) {
    guard let visits = demand.visits[service.name], visits > 0,
      let busySeconds = demand.seconds[service.name], busySeconds > 0
    else { return nil }
    bounds = service.replicas
    cost = service.cost.perHour(service.resources.requests)
    self.visits = visits
    let each = busySeconds / visits
    let cores = service.resources.limits.cpu.cores
    cpuPerRequest = each * cores
    if let measured, measured.quantile == quantile, measured.cores == cores {
      stated = LoadLatencyProfile(measured)
      return
    }
    stated = LoadLatencyProfile(
      assuming: each,
      idle: service.isModel ? each : cpuPerRequest,
      variability: demand.variability[service.name] ?? 0,
      quantile: quantile,
      highestUse: highestUse
    )
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
  /// One replica as a queue of one server that each request keeps busy for so long, in the mean.
  ///
  /// Waiting grows as Kingman's heavy-traffic bound says, `(1 + c²)/2` times an exponential queue's. An idle replica works at
  /// a core's full speed, whatever its quota: its quantile is that of log-normal work.
  fileprivate init(
    assuming busySeconds: Double,
    idle idleSeconds: Double,
    variability: Double,
    quantile: Double,
    highestUse: Double
  ) {
    let exponential = -log(max(1e-6, 1 - quantile))
    let idle = idleSeconds * LogNormal.quantile(quantile, variability: variability)
    let scale = exponential * (1 + variability * variability) / 2
    self.init(
      base: idle - scale * busySeconds,
      scale: scale,
      capacity: 1 / busySeconds,
      testedRate: highestUse / busySeconds
    )
  }
}

extension Application.Service {
  fileprivate var isModel: Bool {
    if case .llm = workload { true } else { false }
  }
}
