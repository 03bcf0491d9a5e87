import Applications
import Control

/// How many replicas the CPU use asks for: `GetResourceReplicas` of Kubernetes' replica calculator.
struct ReplicaCalculator: Hashable, Sendable {
  /// CPU use over CPU request, in per cent.
  var targetUtilization: Int
  /// No change while the quotient of use and target is this close to 1.
  var tolerance: Double
  /// A replica younger than this counts only with a sample taken while it was ready.
  var cpuInitializationPeriod: Duration
  /// A replica that first became ready later than this after its start is no slow starter.
  var initialReadinessDelay: Duration

  enum Recommendation: Hashable, Sendable {
    case replicas(Int, utilization: Int)
    /// No replica that counts has a sample.
    case noMetrics
  }

  func recommend(_ service: ServiceObservation, at now: Duration) -> Recommendation {
    let current = service.desiredReplicaCount
    let groups = ReplicaGroups(service, at: now, self)
    guard let first = ratio(groups.readyUsages) else { return .noMetrics }
    let countsUnready = groups.unreadyRequests.count > 0 && first.value > 1
    func recommendation(_ count: Int) -> Recommendation {
      .replicas(count, utilization: first.utilization)
    }
    if !countsUnready, groups.missingRequests.isEmpty {
      if isWithinTolerance(first.value) { return recommendation(current) }
      let count = (first.value * Double(groups.readyUsages.count)).rounded(.up)
      return recommendation(Int(count))
    }
    var usages = groups.readyUsages
    if first.value < 1 {
      // On the way down replicas without a sample are taken to use all they asked for.
      let share = Double(max(100, targetUtilization)) / 100
      usages += groups.missingRequests.map { (Int(Double($0) * share), $0) }
    } else if first.value > 1 {
      usages += groups.missingRequests.map { (0, $0) }
    }
    if countsUnready { usages += groups.unreadyRequests.map { (0, $0) } }
    guard let second = ratio(usages) else { return .noMetrics }
    let isTurned = (first.value < 1 && second.value > 1) || (first.value > 1 && second.value < 1)
    if isWithinTolerance(second.value) || isTurned { return recommendation(current) }
    let count = Int((second.value * Double(usages.count)).rounded(.up))
    let isContrary = second.value < 1 ? count > current : count < current
    return recommendation(isContrary ? current : count)
  }

  /// Use over target; the utilisation is a whole number of per cent, rounded down, as in the original.
  private func ratio(_ usages: [(usage: Int, request: Int)]) -> (value: Double, utilization: Int)? {
    let requested = usages.reduce(0) { $0 + $1.request }
    guard !usages.isEmpty, requested > 0 else { return nil }
    let utilization = usages.reduce(0) { $0 + $1.usage } * 100 / requested
    return (Double(utilization) / Double(targetUtilization), utilization)
  }

  private func isWithinTolerance(_ ratio: Double) -> Bool {
    (1 - tolerance...1 + tolerance).contains(ratio)
  }
}

/// The replicas of a service by what their samples are worth: `groupPods` of the same file.
private struct ReplicaGroups {
  /// Millicores used and requested, of replicas that count.
  var readyUsages: [(usage: Int, request: Int)] = []
  /// Millicores requested by replicas whose sample tells nothing yet.
  var unreadyRequests: [Int] = []
  /// Millicores requested by replicas that run without a sample.
  var missingRequests: [Int] = []

  init(_ service: ServiceObservation, at now: Duration, _ calculator: ReplicaCalculator) {
    let shared = service.evenCPUUsage
    for replica in service.replicas {
      let request = replica.resources.requests.cpu.count
      switch replica.phase {
      case .draining, .crashed: continue
      case .pending: unreadyRequests.append(request)
      case .starting, .ready, .unready:
        guard let usage = replica.signals[.cpuUsage] ?? (replica.phase == .ready ? shared : nil)
        else {
          missingRequests.append(request)
          continue
        }
        if calculator.isUnready(replica, sampledOver: usage, at: now) {
          unreadyRequests.append(request)
        } else {
          readyUsages.append((Int(usage.value.rounded()), request))
        }
      }
    }
  }
}

extension ReplicaCalculator {
  fileprivate func isUnready(
    _ replica: ReplicaObservation,
    sampledOver usage: Signal,
    at now: Duration
  ) -> Bool {
    guard let changedAt = replica.readinessChangedAt else { return true }
    let isReady = replica.phase == .ready
    if replica.startedAt + cpuInitializationPeriod > now {
      // A sample counts once a whole window has passed since the replica became ready.
      return !isReady || now - usage.age < changedAt + usage.window
    }
    return !isReady && replica.startedAt + initialReadinessDelay > changedAt
  }
}

extension ServiceObservation {
  /// The service's CPU use shared evenly over its ready replicas, for worlds that measure no single replica.
  fileprivate var evenCPUUsage: Signal? {
    guard var usage = signals[.cpuUsage], readyReplicaCount > 0,
      !replicas.contains(where: { $0.signals[.cpuUsage] != nil })
    else { return nil }
    usage.value /= Double(readyReplicaCount)
    return usage
  }
}
