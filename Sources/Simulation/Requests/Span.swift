/// One request to one service, from the moment it is sent until its answer is back: a cache line of 64 bytes.
struct Span: Pooled {
  /// What this request draws, and nothing else does.
  var random: RandomStream
  var sentAt: VirtualTime
  /// When it reached its replica.
  var arrivedAt = VirtualTime.zero
  /// The frame that waits for the answer; none when a user does.
  var caller: Reference
  var replica = Reference.none
  /// Index among the operations.
  var operation: UInt32
  /// The place of the call among the stages, or of the entry point when a user asks.
  var origin: UInt32
  /// The request behind this one in its replica's queue.
  var nextInQueue = Reference.none
  var generation: UInt32 = 0
  /// How often this call failed before.
  var attempt: UInt8 = 0
  var phase = Phase.travelling
  var isFailed = false
  /// Its caller has given up.
  var isAbandoned = false

  /// A free record needs no operation.
  var nextFree: UInt32 {
    get { operation }
    set { operation = newValue }
  }

  enum Phase: UInt8 {
    /// On its way to the replica, or waiting to be tried again.
    case travelling
    case queued
    case computing
    /// Holds its place while others answer.
    case calling
    /// The answer, or news of the failure, is on its way.
    case answering
  }
}

/// A stage of several calls that a request has begun and not ended.
struct Frame: Pooled {
  /// Derived from the request's; each call below draws from a child of this.
  var random: RandomStream
  var span: Reference
  /// The enclosing stage; none for the outermost.
  var parent: Reference
  /// The stage that comes next, and where they end.
  var next: UInt32
  var end: UInt32
  /// Stages begun and not ended.
  var pendingCount: UInt32 = 0
  var isParallel: Bool
  var isFailed = false
  var generation: UInt32 = 0
  var nextFree: UInt32 = 0
}
