import Scheduling

/// A request that is being served, on the engine's thread: its choices, its client and its times.
final class Generation {
  let id: RequestID
  let request: GenerationRequest
  let reservation: Reservation
  var choices: [Choice]
  private let events: AsyncStream<GenerationEvent>.Continuation
  let arrival: Duration
  private(set) var startTime: Duration?
  private(set) var firstTokenTime: Duration?
  private(set) var cachedPromptTokenCount = 0
  var preemptionCount = 0
  private var expertPairs = (all: 0, united: 0)
  private var openChoiceCount: Int

  init(_ submission: Submission, choices: [Choice]) {
    id = submission.id
    request = submission.request
    reservation = submission.reservation
    events = submission.events
    arrival = submission.arrival
    self.choices = choices
    openChoiceCount = choices.count
  }

  /// Whether the client has heard the end of every choice.
  var isFinished: Bool { openChoiceCount == 0 }

  /// The first of its sequences got a seat.
  func start(at now: Duration, cachedTokenCount: Int) {
    guard startTime == nil else { return }
    startTime = now
    cachedPromptTokenCount = cachedTokenCount
    reservation.start()
  }

  /// Books what a step's rows of this request asked of the experts.
  func noteExpertPairs(_ count: Int, united: Int) {
    expertPairs.all += count
    expertPairs.united += united
  }

  func noteToken(at now: Duration) {
    if firstTokenTime == nil { firstTokenTime = now }
  }

  func emit(_ outcome: Choice.Outcome, choice: Int) {
    if outcome.token != nil || !outcome.text.isEmpty {
      let tokens = outcome.token.map { [$0] } ?? []
      events.yield(.text(choice: choice, text: outcome.text, tokens: tokens))
    }
    if let reason = outcome.finishReason {
      openChoiceCount -= 1
      events.yield(.finished(choice: choice, reason: reason))
    }
  }

  /// Tells the client the sum and gives the place back.
  func finish(at now: Duration) -> Usage {
    let usage = Usage(
      promptTokens: request.prompt.count,
      cachedPromptTokens: cachedPromptTokenCount,
      completionTokens: choices.reduce(0) { $0 + $1.tokenCount },
      expertPairs: expertPairs.all,
      unitedExpertPairs: expertPairs.united,
      queueTime: (startTime ?? now) - arrival,
      timeToFirstToken: (firstTokenTime ?? now) - arrival,
      totalTime: now - arrival
    )
    reservation.release()
    events.yield(.usage(usage))
    events.finish()
    return usage
  }

  /// Ends without an answer; a client that cancelled hears nothing.
  func abort(_ failure: GenerationFailure?) {
    reservation.release()
    if let failure { events.yield(.failed(failure)) }
    events.finish()
  }
}

/// A request on its way to the engine's thread.
struct Submission: Sendable {
  /// Unique for the engine's life.
  let id: RequestID
  let request: GenerationRequest
  let maximumTokenCount: Int
  let seed: UInt64
  let arrival: Duration
  /// In the engine's time.
  let deadline: Duration?
  let reservation: Reservation
  let events: AsyncStream<GenerationEvent>.Continuation
}
