import Applications
import Control
import OrderedCollections

/// How fast one replica works, from what the observations taught.
struct ServiceSpeed: Hashable, Sendable {
  /// Requests that a replica works on at full speed at once: one for each whole core of its limit, and one below that.
  let serverCount: Int
  /// Seconds that each of them takes for a request.
  let serviceTime: Double

  /// Nil until a request's CPU time is known, or where replicas have no CPU.
  init?(_ name: ServiceName, in situation: Situation) {
    guard let cpu = situation.profile.services[name]?.cpuPerRequest, cpu > .zero,
      let cores = situation.observation.services[name]?.resources.limits.cpu.cores, cores > 0
    else { return nil }
    serverCount = max(1, Int(cores))
    serviceTime = cpu.seconds * Double(serverCount) / cores
  }

  /// Seconds of a whole replica for each request.
  var busySeconds: Double { serviceTime / Double(serverCount) }
}
