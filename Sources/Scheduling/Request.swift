/// What the scheduler must know of a request.
///
/// Points in time are durations since an epoch that the caller chooses once: the engine's start, or zero of a
/// virtual clock.
package struct Request: Sendable {
  package var id: RequestID
  /// At least one token.
  package var prompt: [Int32]
  /// Sequences to generate from the prompt, whose full blocks they share.
  package var choiceCount: Int
  /// Upper bound of generated tokens per choice, at least one.
  package var maximumNewTokenCount: Int
  /// When it came in; promises count from here.
  package var arrival: Duration
  package var serviceClass: ServiceClass
  /// vLLM's `priority`: among requests of a class, lower goes first.
  package var priority: Int
  package var tenant: TenantID
  /// When the request is worth nothing any more and is dropped.
  package var deadline: Duration?
  /// Only requests with the same salt share cached blocks.
  package var cacheSalt: UInt64
  /// How long each answer will really be, where a replayed trace tells; read by the oracle alone.
  package var trueNewTokenCount: Int?
  /// Whether united experts may serve it.
  package var quality: Quality

  package init(
    id: RequestID,
    prompt: [Int32],
    choiceCount: Int = 1,
    maximumNewTokenCount: Int,
    arrival: Duration = .zero,
    serviceClass: ServiceClass = .standard,
    priority: Int = 0,
    tenant: TenantID = .anonymous,
    deadline: Duration? = nil,
    cacheSalt: UInt64 = 0,
    trueNewTokenCount: Int? = nil,
    quality: Quality? = nil
  ) {
    precondition(!prompt.isEmpty && choiceCount > 0 && maximumNewTokenCount > 0)
    self.id = id
    self.prompt = prompt
    self.choiceCount = choiceCount
    self.maximumNewTokenCount = maximumNewTokenCount
    self.arrival = arrival
    self.serviceClass = serviceClass
    self.priority = priority
    self.tenant = tenant
    self.deadline = deadline
    self.cacheSalt = cacheSalt
    self.trueNewTokenCount = trueNewTokenCount
    self.quality = quality ?? serviceClass.quality
  }
}
