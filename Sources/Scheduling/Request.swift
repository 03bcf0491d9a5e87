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
  /// Longest step that this request's decoding should have to sit through.
  package var timePerOutputTokenTarget: Duration?
  /// When the request is worth nothing any more and is dropped.
  package var deadline: Duration?
  /// Only requests with the same salt share cached blocks.
  package var cacheSalt: UInt64
  /// Whether united experts may serve it.
  package var quality: Quality

  package init(
    id: RequestID,
    prompt: [Int32],
    choiceCount: Int = 1,
    maximumNewTokenCount: Int,
    timePerOutputTokenTarget: Duration? = nil,
    deadline: Duration? = nil,
    cacheSalt: UInt64 = 0,
    quality: Quality = .adaptive
  ) {
    precondition(!prompt.isEmpty && choiceCount > 0 && maximumNewTokenCount > 0)
    self.id = id
    self.prompt = prompt
    self.choiceCount = choiceCount
    self.maximumNewTokenCount = maximumNewTokenCount
    self.timePerOutputTokenTarget = timePerOutputTokenTarget
    self.deadline = deadline
    self.cacheSalt = cacheSalt
    self.quality = quality
  }
}
