/// When active health checks are made, and how many decide.
///
/// The thresholds are those of Kubernetes' readiness probes: one success, three failures. The interval is
/// a tenth of Kubernetes' default of 10 s, as a check on this machine costs next to nothing.
package struct HealthPolicy: Hashable, Sendable {
  /// The path that answers with a status below 400 while the endpoint can serve.
  package var path = "/health"
  package var interval = Duration.seconds(1)
  /// Until the first check is passed; short, as it is part of every start.
  package var startInterval = Duration.milliseconds(100)
  package var timeout = Duration.seconds(1)
  /// Consecutive passes that make an endpoint ready.
  package var passThreshold = 1
  /// Consecutive failures that make it unready.
  package var failureThreshold = 3

  package init() {}
}

/// The outcome of one health check.
package enum HealthCheckResult: Hashable, Sendable {
  case passed, failed
}

/// The latest health checks of one endpoint.
struct HealthRecord: Hashable, Sendable {
  private(set) var consecutivePasses = 0
  private(set) var consecutiveFailures = 0

  mutating func note(_ result: HealthCheckResult) {
    switch result {
    case .passed: (consecutivePasses, consecutiveFailures) = (consecutivePasses + 1, 0)
    case .failed: (consecutivePasses, consecutiveFailures) = (0, consecutiveFailures + 1)
    }
  }
}
