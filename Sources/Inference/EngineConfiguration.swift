package import Scheduling

/// Sizes and rules that hold for an engine's life.
package struct EngineConfiguration: Sendable {
  /// Tokens of prompt and answer together.
  package var maximumModelLength: Int
  package var kvBlockCount: Int
  /// Positions per KV block.
  package var blockLength = 16
  /// Rows of a step; raised where that many seats need more.
  package var maximumBatchRows = 256
  /// Sequences that are worked on at once.
  package var maximumRunning = 256
  /// Requests that wait beyond those.
  package var maximumQueue = 1024
  /// Prompt tokens that wait.
  package var maximumQueuedPromptTokens = 4_194_304
  /// What kinds of requests there are, and what each is promised.
  package var classes = ServiceClassTable.usual
  package var policy = PolicyName.plimsoll
  /// What `plimsoll` is made of.
  package var stages = PlimsollPolicy.Stages.usual
  /// Whether requests share the blocks of equal prefixes; a request's own choices always do.
  package var isPrefixCaching = true
  /// Trades quality for latency in a pinch; nil where the model has no united experts, or nobody wants it.
  package var brownout: BrownoutController?
  /// Tokens that end an answer.
  package var endOfTextIDs: [Int32] = []
  /// Time without a finished step after which a busy engine counts as stalled.
  package var stallLimit: Duration = .seconds(60)
  /// Is told of every step, on the engine's thread; nil where nobody listens.
  package var onStep: (@Sendable (StepReport) -> Void)?

  package init(maximumModelLength: Int, kvBlockCount: Int) {
    self.maximumModelLength = maximumModelLength
    self.kvBlockCount = kvBlockCount
  }

  /// Rows that the model's workspace must hold.
  package var rowCapacity: Int { max(maximumBatchRows, maximumRunning + minimumChunk) }

  /// Rows that a prefill gets even when every seat decodes.
  private var minimumChunk: Int { 16 }

  var scheduler: Scheduler.Configuration {
    Scheduler.Configuration(
      blockCount: kvBlockCount,
      blockLength: blockLength,
      maximumRunningCount: maximumRunning,
      maximumRowCount: rowCapacity,
      minimumChunk: minimumChunk
    )
  }

  func makeScheduler() -> Scheduler {
    Scheduler(
      scheduler,
      policy: policy.makePolicy(maximumLength: maximumModelLength, stages: stages),
      predictor: policy.makePredictor()
    )
  }

  var admission: Admission.Limits {
    Admission.Limits(
      requestCount: maximumRunning + maximumQueue,
      queuedPromptTokenCount: maximumQueuedPromptTokens,
      rule: policy.admission
    )
  }
}
