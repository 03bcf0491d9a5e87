/// Which queue a service is taken for.
enum QueueModel: String, CaseIterable, Sendable {
  /// One queue for all replicas; arrivals and services vary as was measured (G/G/c after Allen and Cunneen).
  case measured
  /// One queue for all replicas, exponential services.
  case mmc
  /// A queue for each replica, services alike.
  case md1

  /// What a request meets with so many replicas.
  func queue(rate: Double, _ speed: ServiceSpeed, replicas: Int, variability: Double)
    -> MultiServerQueue
  {
    switch self {
    case .measured, .mmc:
      MultiServerQueue(
        arrivalRate: rate,
        serviceTime: speed.serviceTime,
        serverCount: replicas * speed.serverCount,
        variability: self == .mmc ? 1 : variability
      )
    case .md1:
      MultiServerQueue(
        arrivalRate: rate / Double(replicas),
        serviceTime: speed.busySeconds,
        serverCount: 1,
        variability: 0.5
      )
    }
  }
}
