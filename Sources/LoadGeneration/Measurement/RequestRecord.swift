/// What became of one request.
///
/// Times are from the start of the run. Everything is measured from the intended arrival, not from when the
/// client got round to sending, so a client or a server that falls behind cannot hide it (coordinated omission).
package struct RequestRecord: Sendable, Equatable {
  package enum Ending: Sendable, Equatable {
    case completed
    /// The server refused it as too much (429 or 503).
    case rejected(status: Int)
    /// Anything else that kept the answer from being whole.
    case failed(reason: String)
    /// The run was interrupted first.
    case unfinished
  }

  package var request: PlannedRequest
  package var ending: Ending
  package var timing: StreamTiming
  /// When the client handed it to the network.
  package var sent: Duration
  /// As the server reports them; what was planned if it does not.
  package var promptTokenCount: Int
  package var outputTokenCount: Int

  package init(
    _ request: PlannedRequest,
    _ ending: Ending,
    timing: StreamTiming = StreamTiming(),
    sent: Duration,
    promptTokenCount: Int? = nil,
    outputTokenCount: Int? = nil
  ) {
    self.request = request
    self.ending = ending
    self.timing = timing
    self.sent = sent
    self.promptTokenCount = promptTokenCount ?? request.promptTokenCount
    self.outputTokenCount =
      outputTokenCount ?? timing.gaps.count + (timing.firstPiece == nil ? 0 : 1)
  }
}

extension RequestRecord {
  /// TTFT: from the intended arrival to the first piece.
  package var timeToFirstToken: Duration? {
    timing.firstPiece.map { $0 - request.arrival }
  }

  /// E2EL: from the intended arrival to the last event.
  package var endToEnd: Duration? {
    timing.latestEvent.map { $0 - request.arrival }
  }

  /// TPOT: (E2EL − TTFT) / (tokens − 1); nil for an answer of one token.
  package var timePerOutputToken: Duration? {
    guard outputTokenCount > 1, let endToEnd, let timeToFirstToken else { return nil }
    return (endToEnd - timeToFirstToken) / (outputTokenCount - 1)
  }

  /// Whether the answer is whole and kept every promise; one token counts as a TPOT of zero, as in vLLM.
  package func isGood(_ objectives: Objectives) -> Bool {
    guard ending == .completed, let timeToFirstToken, let endToEnd else { return false }
    return timeToFirstToken <= objectives.timeToFirstToken ?? timeToFirstToken
      && endToEnd <= objectives.endToEnd ?? endToEnd
      && timePerOutputToken ?? .zero <= objectives.timePerOutputToken ?? timePerOutputToken ?? .zero
  }
}
