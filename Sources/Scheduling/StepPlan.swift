/// What one engine step computes: plain data, made by ``Scheduler/plan(at:)``.
package struct StepPlan: Sendable, Equatable {
  /// Consecutive tokens of one sequence.
  package struct Entry: Sendable, Equatable {
    package let sequence: SequenceID
    /// The rows of the step, indices into ``StepPlan/tokens``.
    package let rows: Range<Int>
    /// Position of the first row's token in its sequence.
    package let firstPosition: Int
    /// Whether the last row predicts the next token.
    package let isSampled: Bool
    /// Whether its one row is the latest generated token.
    package let isDecoding: Bool
    /// Whether united experts may serve it.
    package let quality: Quality
    /// Blocks of the sequence from position zero, covering at least the last row's.
    package let blockTable: [BlockID]
  }

  /// A sequence that took a seat for this step.
  package struct Start: Sendable, Equatable {
    package let sequence: SequenceID
    package let tokenCount: Int
    /// Leading tokens whose keys and values were found in the prefix cache.
    package let cachedTokenCount: Int
    /// Whether it was preempted before.
    package let isResumed: Bool
    package let serviceClass: ServiceClass

    init(_ state: SequenceState, isResumed: Bool) {
      sequence = state.id
      tokenCount = state.tokens.count
      cachedTokenCount = state.computedCount
      self.isResumed = isResumed
      serviceClass = state.profile.serviceClass
    }
  }

  /// The most urgent first.
  package internal(set) var entries: [Entry] = []
  /// The token of each row.
  package internal(set) var tokens: [Int32] = []
  package internal(set) var starts: [Start] = []
  /// Sequences that lost their seat and wait again.
  package internal(set) var preempted: [SequenceID] = []
  /// Requests dropped because their deadline passed.
  package internal(set) var expired: [RequestID] = []
  package internal(set) var load = StepLoad()
  /// How far the step is browned out; nil if it is not.
  package internal(set) var brownout: BrownoutSetting?

  package init() {}

  /// How many entries predict a token.
  package var sampledCount: Int { entries.count(where: \.isSampled) }

  /// The part of the load that belongs to sequences that decode; the rest belongs to prompts.
  package var decodingLoad: StepLoad {
    entries.reduce(into: StepLoad()) { load, entry in
      if entry.isDecoding { load.add(rowCount: entry.rows.count, at: entry.firstPosition) }
    }
  }

  mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    tokens.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    preempted.removeAll(keepingCapacity: true)
    expired.removeAll(keepingCapacity: true)
    load = StepLoad()
    brownout = nil
  }

  mutating func append(_ state: SequenceState) {
    let range = state.computedCount..<(state.computedCount + state.scheduledCount)
    entries.append(
      Entry(
        sequence: state.id,
        rows: tokens.count..<(tokens.count + range.count),
        firstPosition: range.lowerBound,
        isSampled: state.isSampled,
        isDecoding: state.isDecoding,
        quality: state.quality,
        blockTable: state.blockTable
      )
    )
    tokens.append(contentsOf: state.tokens[range])
  }
}

/// What came of a step.
package struct StepResult: Sendable {
  /// The token that a sampled entry led to.
  package struct Sample: Sendable {
    package let sequence: SequenceID
    package let token: Int32
    /// Whether the sequence ends with this token.
    package let isLast: Bool
    /// What the engine found out about the sequence, for its length to be predicted; empty if nothing.
    package let features: [Float]

    package init(sequence: SequenceID, token: Int32, isLast: Bool, features: [Float] = []) {
      self.sequence = sequence
      self.token = token
      self.isLast = isLast
      self.features = features
    }
  }

  package var duration: Duration
  /// One per sampled entry, in the plan's order.
  package var samples: [Sample]

  package init(duration: Duration, samples: [Sample]) {
    self.duration = duration
    self.samples = samples
  }
}
