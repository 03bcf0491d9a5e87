import Applications
import Control
import Glibc
import Routing

/// One service of a running application: what it should be, and the processes it is.
struct RunningService: Sendable {
  /// The present process of a replica.
  struct Process: Sendable {
    let identity: ProcessIdentity
    let endpoint: Endpoint.ID
    let group: ReplicaGroup?

    var usage: ResourceUsage {
      var usage = group?.usage ?? ResourceUsage()
      usage.cpuTime = usage.cpuTime ?? ProcessStat(identity.id)?.cpuTime
      return usage
    }
  }

  let service: Application.Service
  let proxy: ServiceProxy
  var resources: Resources
  var set: ReplicaSet
  var processes: [Int: Process] = [:]
  /// What processes that are gone had used.
  var retired = RetiredUsage()
  /// What the memory use of each replica was lately.
  var memoryTraces: [Int: MemoryTrace] = [:]

  init(_ service: Application.Service, _ proxy: ServiceProxy, backoff: RestartBackoff) {
    self.service = service
    self.proxy = proxy
    resources = service.resources
    set = ReplicaSet(
      desiredCount: service.replicas.initial,
      drainTime: service.drainTime,
      backoff: backoff
    )
  }

  /// What a replica is called in logs and control groups.
  func name(of ordinal: Int) -> String { "\(service.name)-\(ordinal)" }

  mutating func sampleMemory(at now: Duration) {
    for (ordinal, process) in processes {
      guard let memory = process.usage.memory else { continue }
      memoryTraces[ordinal, default: MemoryTrace()].add(memory, at: now)
    }
  }
}

/// The latest readings of a replica's memory, so that several observers can ask for the peak since their last look.
struct MemoryTrace: Hashable, Sendable {
  private static let limit = 600
  private var readings: [Reading] = []

  private struct Reading: Hashable, Sendable {
    let time: Duration
    let memory: ByteCount
  }

  mutating func add(_ memory: ByteCount, at now: Duration) {
    readings.append(Reading(time: now, memory: memory))
    // Half at once, so that what is kept need not move at every reading.
    if readings.count > Self.limit { readings.removeFirst(Self.limit / 2) }
  }

  func peak(since time: Duration) -> ByteCount? {
    readings.reversed().prefix { $0.time > time }.map(\.memory).max()
  }
}

/// Totals of processes that have ended, so that sums over a service never fall.
struct RetiredUsage: Hashable, Sendable {
  private(set) var cpuTime = Duration.zero
  private(set) var periodCount = 0
  private(set) var throttledPeriodCount = 0
  private(set) var outOfMemoryKillCount = 0

  mutating func add(_ usage: ResourceUsage) {
    cpuTime += usage.cpuTime ?? .zero
    periodCount += usage.periodCount ?? 0
    throttledPeriodCount += usage.throttledPeriodCount ?? 0
    outOfMemoryKillCount += usage.outOfMemoryKillCount ?? 0
  }

  static func + (left: RetiredUsage, right: [ResourceUsage]) -> RetiredUsage {
    right.reduce(into: left) { $0.add($1) }
  }
}
