import Applications
import Control

/// A service's tail as it is while no promise is in danger.
struct UsualLatency: Hashable, Sendable {
  private var seconds: Double?
  private static let smoothing = 0.1

  mutating func observe(_ latency: Double) {
    let known = seconds ?? latency
    seconds = known + Self.smoothing * (latency - known)
  }

  /// By how many times its usual value a latency exceeds it; 0 for one that is less than half as much again.
  func excess(_ latency: Double) -> Double {
    guard let seconds, seconds > 0 else { return 1 }
    let excess = latency / seconds - 1
    return excess > 0.5 ? excess : 0
  }
}

extension ServiceObservation {
  /// How far the CPU limits of the ready replicas are used up, or how often they were: the larger.
  var pressure: Double {
    let capacity = resources.limits.cpu.cores * Double(readyReplicaCount)
    guard capacity > 0 else { return 1 }
    let usage = (signals[.cpuUsage]?.value ?? 0) / 1000 / capacity
    return max(usage, signals[.cpuThrottled]?.value ?? 0)
  }

  /// How many more replicas are allowed.
  func room(_ service: Application.Service) -> Int {
    service.replicas.range.upperBound - desiredReplicaCount
  }
}

extension Application.Service {
  var replicaCost: Double { cost.perHour(resources.requests) }
}

extension Application {
  /// By service: the indices of those it calls, each once.
  var callees: [[Int]] {
    services.map { service in
      let names = service.operations.flatMap { $0.expectedCalls.map(\.call.service) }
      return services.indices.filter { names.contains(services[$0].name) }
    }
  }
}
