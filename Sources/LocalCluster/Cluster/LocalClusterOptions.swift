import Applications
package import Control

/// How an application is run on this machine.
package struct LocalClusterOptions: Sendable {
  /// Keeps the run's record, plans and logs; one per application.
  package var stateFolder: String
  /// The `plimsoll` program, which is what synthetic replicas run.
  package var executable: String
  /// The environment that replicas inherit.
  package var environment: [String: String]
  /// Where the application listens; 0 lets the system choose.
  package var port = 0
  package var host = "127.0.0.1"
  package var backoff = RestartBackoff()
  package var seed: UInt64 = 0
  /// Told of everything worth a line in a log.
  package var report: @Sendable (LocalEvent) -> Void = { _ in }

  package init(stateFolder: String, executable: String, environment: [String: String]) {
    self.stateFolder = stateFolder
    self.executable = executable
    self.environment = environment
  }
}

/// Something that happened in the local world.
package enum LocalEvent: Hashable, Sendable, CustomStringConvertible {
  case leftoversRemoved(processCount: Int)
  case limitation(String)
  case ready(replica: String, after: Duration)
  case crashed(replica: String, how: String, log: String)
  case notStarted(replica: String, reason: String)
  case ended(replica: String)
  case resizeFailed(replica: String, reason: String)
  case recordFailed(reason: String)

  package var description: String {
    switch self {
    case .leftoversRemoved(let count):
      "an earlier run was cut off; removed its control groups and \(count)"
        + " \(count == 1 ? "process" : "processes")"
    case .limitation(let words): words
    case .ready(let replica, let time):
      "\(replica) is ready after \((time.seconds * 10).rounded() / 10) s"
    case .crashed(let replica, let how, let log): "\(replica) \(how); its log is \(log)"
    case .notStarted(let replica, let reason): "\(replica) was not started: \(reason)"
    case .ended(let replica): "\(replica) has ended"
    case .resizeFailed(let replica, let reason): "\(replica) keeps its old size: \(reason)"
    case .recordFailed(let reason): "the record of what runs cannot be written: \(reason)"
    }
  }

  /// Whether a person should look at it.
  package var isWarning: Bool {
    switch self {
    case .ready, .ended, .leftoversRemoved: false
    case .limitation, .crashed, .notStarted, .resizeFailed, .recordFailed: true
    }
  }
}
