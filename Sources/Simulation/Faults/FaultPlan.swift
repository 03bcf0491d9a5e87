/// What goes wrong in the cluster, and how much its parts differ: by plan or by a seeded chance.
package struct FaultPlan: Sendable {
  /// Faults at given times.
  package var timed: [TimedFault]
  /// Mean time from a replica's readiness to its crash; nil is never.
  package var meanTimeToCrash: Duration?
  /// The coefficient of variation of the speed of replicas that should be alike.
  package var replicaSpeedVariability: Double

  package init(
    timed: [TimedFault] = [],
    meanTimeToCrash: Duration? = nil,
    replicaSpeedVariability: Double = 0
  ) {
    self.timed = timed
    self.meanTimeToCrash = meanTimeToCrash
    self.replicaSpeedVariability = replicaSpeedVariability
  }

  package struct TimedFault: Sendable {
    package var time: Duration
    package var fault: Fault

    package init(at time: Duration, _ fault: Fault) {
      self.time = time
      self.fault = fault
    }
  }

  package enum Fault: Sendable {
    /// The oldest ready replica of this service dies.
    case crash(service: Int)
    /// A node runs at this part of its speed until told otherwise; 1 is its own.
    case slow(node: Int, to: Double)
    /// A service's image changes: its requests take this many times the work that its description states.
    case rework(service: Int, to: Double)
  }
}
