/// When an endpoint that fails requests is left out for a while: passive outlier ejection.
///
/// After Envoy's outlier detection, with its defaults, except that up to half of the endpoints may be ejected
/// (Envoy: a tenth, but always one), and that a refused connection counts as all the evidence needed: nobody
/// listens, and a least-loaded choice would pour everything into that hole.
package struct EjectionPolicy: Hashable, Sendable {
  /// Consecutive 5xx answers, broken connections and timeouts that eject.
  package var faultThreshold = 5
  /// Consecutive failures to connect that eject.
  package var connectFailureThreshold = 1
  /// The first ejection's length; the n-th in a row lasts n times as long.
  package var baseTime = Duration.seconds(30)
  package var maximumTime = Duration.seconds(300)
  /// The share of the endpoints in service that may be ejected at once, rounded down.
  package var maximumShare = 0.5

  package init() {}
}

/// How one endpoint has behaved towards requests.
struct ConductRecord: Hashable, Sendable {
  private(set) var consecutiveFaults = 0
  private(set) var consecutiveConnectFailures = 0
  /// Ejections in a row, each later one longer.
  private(set) var ejectionCount = 0
  private var releasedAt = Duration.zero

  mutating func note(_ outcome: RequestOutcome) {
    switch outcome {
    case .answered(let status) where status < 500:
      (consecutiveFaults, consecutiveConnectFailures) = (0, 0)
    case .answered, .broken, .timedOut:
      (consecutiveFaults, consecutiveConnectFailures) = (consecutiveFaults + 1, 0)
    case .unconnected: consecutiveConnectFailures += 1
    case .abandoned: break
    }
  }

  func deservesEjection(_ policy: EjectionPolicy) -> Bool {
    consecutiveFaults >= policy.faultThreshold
      || consecutiveConnectFailures >= policy.connectFailureThreshold
  }

  /// Begins an ejection and returns its end. Good conduct for a base time takes back one earlier ejection.
  mutating func eject(_ policy: EjectionPolicy, at now: Duration) -> Duration {
    let forgiven = ejectionCount == 0 ? 0 : Int((now - releasedAt) / policy.baseTime)
    ejectionCount = max(0, ejectionCount - forgiven) + 1
    (consecutiveFaults, consecutiveConnectFailures) = (0, 0)
    releasedAt = now + min(policy.baseTime * ejectionCount, policy.maximumTime)
    return releasedAt
  }
}
