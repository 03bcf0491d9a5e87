/// When the pieces of one streamed answer came, as vLLM's benchmark notes them.
///
/// A piece is an event whose `choices` is not empty (`async_request_openai_completions` in vLLM). One
/// difference: an event that only ends a choice, without text, moves the end of the answer but is no piece,
/// as servers that send it apart would otherwise look as if they made a token in no time.
package struct StreamTiming: Sendable, Equatable {
  package private(set) var firstPiece: Duration?
  package private(set) var latestEvent: Duration?
  /// Between consecutive pieces.
  package private(set) var gaps: [Duration] = []
  private var latestPiece: Duration?

  package init() {}

  /// When each piece came.
  package var pieceTimes: [Duration] {
    guard let firstPiece else { return [] }
    return gaps.reduce(into: [firstPiece]) { times, gap in
      times.append(times[times.count - 1] + gap)
    }
  }

  /// Notes an event with choices at `time`, from the start of the run.
  package mutating func note(at time: Duration, onlyEnds: Bool = false) {
    latestEvent = time
    guard !onlyEnds else { return }
    if let latestPiece { gaps.append(time - latestPiece) } else { firstPiece = time }
    latestPiece = time
  }
}
