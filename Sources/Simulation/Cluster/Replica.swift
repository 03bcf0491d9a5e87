/// One replica of a service.
struct Replica: Pooled {
  let service: Int
  /// The n-th replica its service ever started is n.
  let ordinal: Int
  var phase = Phase.pending
  var node: Int?
  /// What is reserved and enforced; may wait for room to become what the service asks.
  var size: ReplicaSize
  var processor: Processor
  /// Cores it has told its node that it wants.
  var claimedCores = 0.0
  /// Its own small deviation from its node's speed.
  var speed: Double
  /// The pending event of its processor that counts.
  var nextProcessing = VirtualTime.never

  /// Requests that hold one of its places.
  var busyCount = 0
  var queueCount = 0
  var queueHead = Reference.none
  var queueTail = Reference.none
  /// Requests sent to it and not answered, as its callers count them.
  var outstandingCount = 0

  let startedAt: VirtualTime
  var readinessChangedAt: VirtualTime?
  var restartCount = 0
  /// Crashes without a long good run between them.
  var crashesInRow = 0
  /// The pending start, restart, crash or deadline that counts.
  var nextChange = VirtualTime.never
  /// The most it held since the last observation.
  var peakHeldCount = 0
  /// What its processor had counted at the last observation.
  var observedTotals = ProcessorTotals()
  var generation: UInt32 = 0
  var nextFree: UInt32 = 0

  /// Requests it has in memory.
  var heldCount: Int { busyCount + queueCount }

  enum Phase: String {
    /// Waiting for room on a node.
    case pending
    case starting
    case ready
    case draining
    /// Waiting to be started again.
    case crashed
  }
}
