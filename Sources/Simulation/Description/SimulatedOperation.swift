/// One thing a service does: its own work first, then its calls, stage after stage.
package struct SimulatedOperation: Sendable {
  package var name: String
  /// Index among the services.
  package var service: Int
  /// CPU time on a core of speed 1.
  package var work: Spread
  package var stages: [SimulatedStage]

  package init(name: String, service: Int, work: Spread, stages: [SimulatedStage] = []) {
    self.name = name
    self.service = service
    self.work = work
    self.stages = stages
  }
}

/// A step of an operation: one call, or several that run one after the other or at once.
package indirect enum SimulatedStage: Sendable {
  case call(SimulatedCall, probability: Double = 1)
  /// With this probability, these stages one after the other; the first that fails ends them.
  case sequence([SimulatedStage], probability: Double = 1)
  /// With this probability, these stages at once; all are waited for, and one that failed fails them.
  case parallel([SimulatedStage], probability: Double = 1)
}

/// A call from one service to another.
package struct SimulatedCall: Sendable {
  /// Index among the operations.
  package var operation: Int
  /// How often a call that failed or timed out is tried again.
  package var retryCount: Int
  /// How long the caller waits for one try; nil is for ever.
  package var timeout: Duration?

  package init(_ operation: Int, retryCount: Int = 0, timeout: Duration? = nil) {
    precondition(retryCount >= 0 && retryCount < 256, "\(retryCount) retries")
    self.operation = operation
    self.retryCount = retryCount
    self.timeout = timeout
  }
}
