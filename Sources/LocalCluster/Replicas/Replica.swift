import Routing

/// One replica, through all processes that it has been.
struct Replica: Hashable, Sendable, Identifiable {
  enum Phase: Hashable, Sendable {
    /// Is to be started now.
    case due
    /// Runs, and has not passed a health check yet.
    case starting
    case ready
    /// Runs, and fails its health checks.
    case unready
    /// Crashed, and is started again at this time.
    case crashed(restartAt: Duration)
    /// Finishes what it has begun, at most until this time.
    case draining(until: Duration)
    /// Was asked to end; is killed at this time.
    case ending(killAt: Duration)
    /// Was killed and has not ended yet.
    case killed
  }

  /// The n-th replica its service ever started is n.
  let ordinal: Int
  var phase = Phase.due
  /// When it was first told to start.
  let startedAt: Duration
  var readinessChangedAt: Duration?
  var restartCount = 0
  var crashesInRow = 0
  /// Since when the present process runs.
  var launchedAt = Duration.zero

  var id: Int { ordinal }

  /// Whether it is meant to stay.
  var isWanted: Bool {
    switch phase {
    case .due, .starting, .ready, .unready, .crashed: true
    case .draining, .ending, .killed: false
    }
  }

  /// Whether a process runs.
  var isRunning: Bool {
    switch phase {
    case .due, .crashed: false
    case .starting, .ready, .unready, .draining, .ending, .killed: true
    }
  }
}
